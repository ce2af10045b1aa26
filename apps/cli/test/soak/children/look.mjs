// Looks at a mirror whenever it gets a line: node look.mjs KEYRING DIR ID. Each line out says what is
// wrong with anything that is shown, what is shown, and how much the store takes. It believes nothing,
// and shares no code with what it judges.
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { judgeMirror } from "@mirror/testkit";

const [keyring, dir, id] = process.argv.slice(2);
const [home, pointers] = [join(dir, ".mirrorctl"), join(dir, id)];
const namesIn = (path) => (existsSync(path) ? readdirSync(path) : []);

/** By all of its names, inodes, sizes and times: a tree is judged once. */
const verdicts = new Map();

async function judge(path) {
  const known = [...entriesOf(path)].map(({ name, stats }) =>
    [name, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs, stats.mode].join(" "),
  );
  const key = createHash("sha256").update(known.sort().join("\n")).digest("hex");
  const verdict =
    verdicts.get(key) ??
    judgeMirror(path, {
      keyring,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    }).then(({ violations, verifier }) =>
      verifier === "gpgv" ? violations : [...violations, `judged by ${verifier}`],
    );
  verdicts.set(key, verdict);
  return await verdict;
}

function* entriesOf(path) {
  for (const name of namesIn(path)) {
    const inner = join(path, name);
    const stats = lstatSync(inner);
    yield { name: inner, stats };
    if (stats.isDirectory()) yield* entriesOf(inner);
  }
}

/** Bytes of all files below some directories; an inode counts once. */
function bytesOf(...paths) {
  const sizes = new Map();
  for (const path of paths)
    for (const { stats } of entriesOf(path)) if (stats.isFile()) sizes.set(stats.ino, stats.size);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** The digest of the InRelease that a pointer shows. */
function shownBy(path) {
  const text = readFileSync(join(path, "dists/stable/InRelease"));
  return createHash("sha256").update(text).digest("hex");
}

async function look() {
  const wrong = [];
  const shown = {};
  const trees = new Map();
  const isPointer = (path) =>
    lstatSync(path).isSymbolicLink() && readlinkSync(path).includes(".mirrorctl/");
  const public_ = namesIn(pointers).filter(
    (name) => name !== "snapshots" && isPointer(join(pointers, name)),
  );
  for (const name of public_) {
    try {
      const path = realpathSync(join(pointers, name));
      trees.set(path, name);
      shown[name] = shownBy(path);
    } catch (error) {
      wrong.push(`${name}: ${error.message}`);
    }
  }
  const snapshots = join(home, "snapshots", id);
  const kept = namesIn(snapshots).filter((name) => !name.startsWith("."));
  for (const name of kept) trees.set(join(snapshots, name), `snapshot ${name}`);
  for (const [path, name] of trees) {
    if (!existsSync(join(path, "..", `.${basename(path)}.manifest`)))
      wrong.push(`${name}: is not sealed`);
    for (const violation of await judge(path)) wrong.push(`${name}: ${violation}`);
  }
  const latest = join(pointers, "latest");
  const tree = existsSync(latest) ? bytesOf(realpathSync(latest)) : 0;
  // What has been is on record for good.
  const working = namesIn(home).filter((name) => name !== "snapshots" && name !== "state");
  const store = bytesOf(...working.map((name) => join(home, name)));
  return { wrong, shown, snapshots: kept.length, store, tree };
}

console.log(JSON.stringify("ready"));
for await (const _line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await look()));
