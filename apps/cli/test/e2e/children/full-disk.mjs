// Syncs on a disk that is full at another moment each time: node full-disk.mjs DIRECTORY EVERY (take
// each EVERY-th of 20 levels), in a mount
// namespace of its own. For each level it mirrors two versions; each time the disk fills up in the
// middle of the first sync, is full at the second, and has room at the third. Prints what each said,
// and what an oracle found wrong with anything that is shown.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { createKey, createRepository, judgeMirror, serve } from "@mirror/testkit";
import { run } from "../../../dist/src/run.js";

const [root, every] = process.argv.slice(2);
const KIB = 1024;
const PAGE = 4096;

/**
 * What is left, and when: of a few pages once all but the last file is there, so that the steps after
 * the downloads fail one after the other; of more from the first file on.
 */
const ALL = [
  ...Array.from({ length: 12 }, (_, pages) => ({ left: pages * PAGE, request: 6 })),
  ...[20, 80, 300, 800, 1300, 1500, 1600, 2000].map((kib) => ({ left: kib * KIB, request: 1 })),
];

const LEVELS = ALL.filter((_level, at) => at % Number(every) === 0);

/** Files that are held in memory, and one that is not. */
const packagesOf = (version) =>
  [1200, 200, 90, 30, 5, 1].map((size) => ({
    package: `p${9999 - size}`,
    version,
    files: { data: randomBytes(size * KIB) },
  }));

const key = await createKey();
const suites = [{ suite: "stable", packages: packagesOf("0") }];
const repository = await createRepository(join(root, "upstream"), { key, suites });
const server = await serve(repository.directory);
const dir = join(root, "mirrors");
const config = join(root, "mirror.toml");
mkdirSync(dir);
writeFileSync(join(root, "key.asc"), key.armoredPublic);
writeFileSync(
  config,
  `dir = "${dir}"
min_free = "0%"
max_conns = 1
[mirrors.demo]
url = "${server.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${join(root, "key.asc")}"
retries = 0
publish_to_staging = true
[mirrors.demo.snapshot.prune]
keep_last = 1
`,
);

class Capture extends Writable {
  text = "";
  _write(chunk, _encoding, done) {
    this.text += chunk;
    done();
  }
}

/** The error of the mirror; null where there was none. */
async function sync() {
  const [stdout, stderr] = [new Capture(), new Capture()];
  const status = await run(["sync", "--json", "-c", config], {
    env: {},
    stdout,
    stderr,
    signal: new AbortController().signal,
    now: () => new Date(),
    atExit: () => () => {},
  });
  const [{ error = null }] = JSON.parse(stdout.text).mirrors;
  if (status !== (error === null ? 0 : 1)) throw new Error(`status ${status}: ${stderr.text}`);
  return error && { code: error.code, message: error.message, hint: error.hint };
}

/** Everything that is wrong with a pointer, its `.previous` or a snapshot that has a name. */
async function wrong() {
  const below = (path) => {
    try {
      return readdirSync(path, { withFileTypes: true }).map((entry) => [
        entry,
        join(path, entry.name),
      ]);
    } catch {
      return [];
    }
  };
  const pointers = below(join(dir, "demo")).filter(
    ([entry, path]) =>
      entry.isSymbolicLink() &&
      entry.name !== "snapshots" &&
      readlinkSync(path).includes(".mirrorctl/"),
  );
  const snapshots = below(join(dir, ".mirrorctl/snapshots/demo")).filter(
    ([entry]) => !entry.name.startsWith("."),
  );
  const trees = new Map();
  for (const [, path] of [...pointers, ...snapshots]) trees.set(leadsTo(path), path);
  const found = [];
  for (const path of trees.values()) {
    const { violations } = await judgeMirror(path, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    found.push(...violations.map((violation) => `${path}: ${violation}`));
  }
  return { wrong: found, shown: pointers.length };
}

/** A pointer that leads nowhere is judged too. */
function leadsTo(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const taker = join(dir, "taken");
const fill = (left) => {
  const pages = statfsSync(dir).bavail - left / PAGE;
  if (pages > 0) writeFileSync(taker, Buffer.alloc(pages * PAGE));
};

const told = [];
for (const { left, request } of LEVELS) {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "none", dir]);
  for (const version of ["1", "2"]) {
    await repository.publish({ suites: { stable: { packages: packagesOf(version) } } });
    const fault = server.fault(/\.deb$/, { kind: "swap", before: () => fill(left) }, request);
    const tell = async (when) =>
      told.push({ left, version, when, error: await sync(), ...(await wrong()) });
    await tell("filling");
    fault.remove();
    await tell("full");
    rmSync(taker, { force: true });
    await tell("free");
  }
  execFileSync("umount", [dir]);
}
console.log(JSON.stringify(told));
process.exit(0);
