// A client: reads what pointers show, over and over, until its input ends, and believes nothing.
// node reader.mjs KEYRING POINTER...; prints one JSON object at the end. It shares no code with what it judges.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

const [keyring, ...pointers] = process.argv.slice(2);
const told = { reads: 0, files: 0, overtaken: 0, trees: {}, violations: [] };

/** The bytes of a file, if they are those that were promised. */
function read(tree, path, { size, sha256 }) {
  const bytes = readFileSync(join(tree, path));
  const found = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length !== Number(size) || found !== sha256)
    throw new Error(`${path}: ${bytes.length} ${found}, promised ${size} ${sha256}`);
  told.files += 1;
  return bytes;
}

function readRelease(tree) {
  const path = join(tree, "dists/stable/InRelease");
  const { status, stdout, stderr } = spawnSync(
    "gpgv",
    ["--keyring", keyring, "--output", "-", path],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`InRelease: ${stderr}`);
  const listed = new Map();
  const [, lines = ""] = /^SHA256:\n((?: .*\n?)+)/m.exec(stdout) ?? [];
  for (const line of lines.split("\n")) {
    const [sha256, size, name] = line.trim().split(/\s+/);
    if (name !== undefined) listed.set(name, { sha256, size });
  }
  return listed;
}

function readTree(tree) {
  const listed = readRelease(tree);
  let packages;
  for (const [name, promised] of listed) {
    if (!existsSync(join(tree, "dists/stable", name))) continue;
    const bytes = read(tree, join("dists/stable", name), promised);
    if (name.endsWith("/Packages")) packages ??= bytes.toString();
    if (name.endsWith("/Packages.gz")) packages ??= gunzipSync(bytes).toString();
  }
  if (packages === undefined) throw new Error("no Packages");
  const stanzas = packages.split("\n\n").filter((stanza) => stanza.trim() !== "");
  if (stanzas.length === 0) throw new Error("an empty Packages");
  for (const stanza of stanzas) {
    const field = (name) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1];
    read(tree, field("Filename"), { size: field("Size"), sha256: field("SHA256") });
  }
}

const shown = (pointer) => resolve(dirname(pointer), readlinkSync(pointer));

/** Whether a tree is promised to anybody still: it may be pruned under a reader who is too slow. */
function isInUse(pointer, tree) {
  const previous = join(dirname(pointer), `.${basename(pointer)}.previous`);
  return [pointer, previous].some((link) => {
    try {
      return shown(link) === tree;
    } catch {
      return false;
    }
  });
}

function readThrough(pointer) {
  let tree;
  try {
    tree = shown(pointer);
    readTree(tree);
    told.reads += 1;
    told.trees[tree] = (told.trees[tree] ?? 0) + 1;
  } catch (error) {
    if (tree !== undefined && error.code === "ENOENT" && !isInUse(pointer, tree))
      told.overtaken += 1;
    else told.violations.push(`${pointer} -> ${tree}: ${error.message}`);
  }
}

/** Looks at the pointer alone, for as long as a tree takes to read: an instant without it is short. */
function watch(pointer) {
  for (const since = performance.now(); performance.now() - since < 10; ) {
    try {
      readlinkSync(pointer);
    } catch (error) {
      told.violations.push(`${pointer}: ${error.message}`);
    }
  }
}

let going = true;
process.stdin.on("end", () => {
  going = false;
});
process.stdin.resume();
while (going && told.violations.length < 20) {
  for (const pointer of pointers) {
    readThrough(pointer);
    watch(pointer);
  }
  if (told.reads === pointers.length) console.error("ready");
  await new Promise((done) => setImmediate(done));
}
const { trees, ...counts } = told;
console.log(JSON.stringify({ ...counts, trees: Object.keys(trees).length }));
process.exit(0);
