import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Collection, openStore, type SealedTree } from "../src/index.js";
import { CREATED, damaged, plant } from "./plant.js";

const child = (name: string) => fileURLToPath(new URL(`./children/${name}`, import.meta.url));
const PATH = "lib/a";
/** What a manifest keeps of {@link CREATED}. */
const MTIME = Math.floor(CREATED.getTime() / 1000) * 1000;

interface Site {
  readonly dir: string;
  readonly site: Collection;
  readonly tree: SealedTree;
  readonly snapshot: SealedTree;
  /** A file with the right bytes, of another time, outside of the store. */
  readonly good: string;
}

/** A tree and a snapshot that shares its files. */
async function open(options: { snapshots?: string } = {}): Promise<Site> {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const dir = join(place.path, "store");
  const site = openStore({ dir, ...options }).collection("site");
  site.prepare();
  const tree = await plant(site, "g1", { [PATH]: "right", "index.html": "page" });
  site.swap("latest", tree);
  const copy = options.snapshots !== undefined;
  const snapshot = await site.createSnapshot({ name: "s1", created: CREATED, copy });
  const good = join(place.path, "good");
  writeFileSync(good, "right");
  return { dir, site, tree, snapshot, good };
}

/** Mends a file of a tree by its path. */
function mend({ site }: Site, tree: SealedTree, source: string, path = PATH) {
  return site.mendFile(tree, fileOf(tree, path), source);
}

function fileOf(tree: SealedTree, path: string) {
  const file = [...tree.files()].find((one) => one.path === path);
  if (!file) throw new Error(`${path}: not in the manifest`);
  return file;
}

/** Another content of that size, with the same time, as a disk does it. */
function rot(path: string): void {
  const { atime, mtime } = lstatSync(path);
  writeFileSync(path, readFileSync(path, "utf8").replace(/./, "X"));
  utimesSync(path, atime, mtime);
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe("mendFile", () => {
  it("copies what has another time, and leaves the damaged file to its other names", async () => {
    const opened = await open();
    const { tree, snapshot, good } = opened;
    rot(join(tree.path, PATH));
    const inode = lstatSync(join(tree.path, PATH)).ino;
    expect(mend(opened, tree, good)).toEqual({ by: "copy" });
    expect(damaged(tree)).toEqual([]);
    expect(damaged(snapshot)).toEqual([PATH]);
    expect(lstatSync(join(snapshot.path, PATH)).ino).toBe(inode);
    const mended = lstatSync(join(tree.path, PATH));
    expect([mended.mtimeMs, mended.mode & 0o777, mended.nlink]).toEqual([MTIME, 0o644, 1]);
    expect(readFileSync(good, "utf8")).toBe("right");
    expect(lstatSync(good).mtimeMs).not.toBe(MTIME);
  });

  it("links what is as recorded, so that trees share it again", async () => {
    const opened = await open();
    const { tree, snapshot, good } = opened;
    rot(join(tree.path, PATH));
    mend(opened, tree, good);
    expect(mend(opened, snapshot, join(tree.path, PATH))).toEqual({ by: "link" });
    expect(lstatSync(join(snapshot.path, PATH)).ino).toBe(lstatSync(join(tree.path, PATH)).ino);
    expect(damaged(snapshot)).toEqual([]);
  });

  it("gives a copy the right to be read, whatever its source has", async () => {
    const opened = await open();
    const { tree, good } = opened;
    utimesSync(good, CREATED, MTIME / 1000);
    chmodSync(good, 0o600);
    expect(mend(opened, tree, good)).toEqual({ by: "copy" });
    expect(lstatSync(join(tree.path, PATH)).mode & 0o777).toBe(0o644);
    expect(lstatSync(good).mode & 0o777).toBe(0o600);
  });

  it("copies to another file system", async () => {
    const elsewhere = mkdtempSync("/dev/shm/mend-");
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    const opened = await open({ snapshots: elsewhere });
    const { tree, snapshot } = opened;
    rot(join(snapshot.path, PATH));
    expect(mend(opened, snapshot, join(tree.path, PATH))).toEqual({ by: "copy" });
    expect(damaged(snapshot)).toEqual([]);
    expect(readdirSync(dirname(snapshot.path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each(["truncated", "deleted", "directory deleted", "symlink", "directory", "unchanged"])(
    "puts a file in its place that is %s",
    async (damage) => {
      const opened = await open();
      const { dir, tree, good } = opened;
      const path = join(tree.path, PATH);
      const outside = join(dir, "outside");
      writeFileSync(outside, "outside");
      if (damage === "truncated") writeFileSync(path, "rig");
      else if (damage === "directory deleted") rmSync(dirname(path), { recursive: true });
      else if (damage !== "unchanged") rmSync(path);
      if (damage === "symlink") symlinkSync(outside, path);
      if (damage === "directory") {
        mkdirSync(path);
        writeFileSync(join(path, "mine"), "mine");
      }
      const { aside } = mend(opened, tree, good);
      expect(damaged(tree)).toEqual([]);
      expect(lstatSync(path).isFile()).toBe(true);
      expect(lstatSync(dirname(path)).mode & 0o777).toBe(0o755);
      expect(readFileSync(outside, "utf8")).toBe("outside");
      if (damage === "directory")
        expect(readFileSync(join(aside ?? "", "mine"), "utf8")).toBe("mine");
      else expect(aside).toBeUndefined();
      const others = readdirSync(dirname(path)).filter((name) => name !== "a");
      expect(others).toHaveLength(damage === "directory" ? 1 : 0);
    },
  );

  it("opens the directories above to everybody, and leaves their other bits", async () => {
    const opened = await open();
    const { tree } = opened;
    const lib = join(tree.path, "lib");
    chmodSync(lib, 0o2770);
    chmodSync(tree.path, 0o700);
    opened.site.checkMend(tree, fileOf(tree, PATH));
    expect(lstatSync(tree.path).mode & 0o7777).toBe(0o700);
    const { ino } = lstatSync(join(tree.path, PATH));
    expect(mend(opened, tree, join(tree.path, PATH))).toEqual({ by: "link" });
    expect([tree.path, lib].map((path) => lstatSync(path).mode & 0o7777)).toEqual([0o755, 0o2775]);
    expect(lstatSync(join(tree.path, PATH)).ino).toBe(ino);
  });

  it("does nothing to a file that is the source already", async () => {
    const opened = await open();
    const { tree, snapshot } = opened;
    mend(opened, snapshot, join(tree.path, PATH));
    expect(readdirSync(dirname(snapshot.path)).sort()).toEqual([".s1.manifest", "s1"]);
    expect(damaged(snapshot)).toEqual([]);
  });

  it("follows no symlink in the place of a directory, and leaves it there", async () => {
    const opened = await open();
    const { dir, tree, good } = opened;
    const outside = join(dir, "outside");
    renameSync(join(tree.path, "lib"), outside);
    symlinkSync(outside, join(tree.path, "lib"));
    rot(join(outside, "a"));
    expect(() => opened.site.checkMend(tree, fileOf(tree, PATH))).toThrowError(
      code("ERR_SNAPSHOT_FOREIGN_ENTRY"),
    );
    expect(() => mend(opened, tree, good)).toThrowError(code("ERR_SNAPSHOT_FOREIGN_ENTRY"));
    expect(readlinkSync(join(tree.path, "lib"))).toBe(outside);
    expect(readFileSync(join(outside, "a"), "utf8")).toBe("Xight");
  });

  it.each(["another content", "another size", "gone", "a symlink"])(
    "refuses a source that is %s, and leaves the tree as it was",
    async (fault) => {
      const opened = await open();
      const { tree, good } = opened;
      rot(join(tree.path, PATH));
      if (fault === "another content") writeFileSync(good, "wrong");
      else if (fault === "another size") appendFileSync(good, "!");
      else rmSync(good);
      if (fault === "a symlink") symlinkSync(join(tree.path, "index.html"), good);
      expect(() => mend(opened, tree, good)).toThrowError(code("ERR_SNAPSHOT_NOT_AS_RECORDED"));
      expect(readFileSync(join(tree.path, PATH), "utf8")).toBe("Xight");
      expect(readdirSync(dirname(tree.path)).sort()).toEqual([".g1.manifest", "g1"]);
    },
  );

  it.each(["the file", "its directory"])(
    "would come to %s that is gone, and makes nothing",
    async (gone) => {
      const opened = await open();
      const { tree, site } = opened;
      const file = fileOf(tree, PATH);
      rmSync(join(tree.path, gone === "the file" ? PATH : dirname(PATH)), { recursive: true });
      const before = readdirSync(tree.path, { recursive: true });
      site.checkMend(tree, file);
      expect(readdirSync(tree.path, { recursive: true })).toEqual(before);
    },
  );

  it("mends no tree that is not sealed, or of another store", async () => {
    const opened = await open();
    const { tree, good } = opened;
    const other = await open();
    expect(() => mend(other, tree, good)).toThrowError(TypeError);
    const file = fileOf(tree, PATH);
    rmSync(tree.manifestPath);
    for (const attempt of [
      () => opened.site.checkMend(tree, file),
      () => opened.site.mendFile(tree, file, good),
    ])
      expect(attempt).toThrowError(code("ERR_SNAPSHOT_NOT_SEALED"));
  });
});

it("lists every tree, also snapshots of a directory that was configured before", async () => {
  const { dir, site } = await open();
  await plant(site, "g2");
  const elsewhere = join(dirname(dir), "elsewhere");
  const moved = openStore({ dir, snapshots: elsewhere }).collection("site");
  const names = () => moved.everyTree().map(({ generation }) => generation);
  expect(names()).toEqual(["g2", "g1", "s1"]);
  await site.createSnapshot({ name: "s2", created: new Date(CREATED.getTime() + 1) });
  expect(names()).toEqual(["g2", "g1", "s2", "s1"]);
});

it("kill -9 at twenty random moments leaves each file damaged or right, and nothing behind", async () => {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const dir = join(place.path, "store");
  const site = openStore({ dir }).collection("site");
  site.prepare();
  const paths = Array.from({ length: 80 }, (_, n) => `lib/${n % 7}/${n}`);
  const tree = await plant(site, "g1", Object.fromEntries(paths.map((path) => [path, path])));
  site.swap("latest", tree);
  const snapshot = await site.createSnapshot({ name: "s1", created: CREATED });
  const good = join(place.path, "good");
  for (const path of paths) {
    mkdirSync(dirname(join(good, path)), { recursive: true });
    writeFileSync(join(good, path), path);
  }
  const [watched = ""] = paths;
  const reader = spawn(process.execPath, [child("spin-read.mjs"), join(tree.path, watched)]);
  let told = "";
  reader.stdout.on("data", (chunk) => {
    told += chunk;
  });
  await once(reader.stdout, "data");

  let interrupted = 0;
  for (let round = 0; round < 20; round += 1) {
    for (const one of [tree, snapshot])
      for (const path of paths) {
        // By rename, so that the reader finds no half of it either.
        writeFileSync(join(place.path, "bad"), path.toUpperCase());
        renameSync(join(place.path, "bad"), join(one.path, path));
      }
    const worker = spawn(process.execPath, [child("mend.mjs"), dir, good], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(worker, "close");
    await once(worker.stdout, "data");
    await new Promise((done) => setTimeout(done, Math.random() * 80));
    worker.kill("SIGKILL");
    await closed;
    const wrong = [...damaged(tree), ...damaged(snapshot)].length;
    if (wrong > 0 && wrong < 2 * paths.length) interrupted += 1;
    for (const one of [tree, snapshot])
      for (const path of paths)
        expect([path, path.toUpperCase()]).toContain(readFileSync(join(one.path, path), "utf8"));
  }
  expect(interrupted).toBeGreaterThan(0);
  reader.stdin.end();
  await once(reader, "close");
  const seen = JSON.parse(told.slice(told.indexOf("{")));
  expect(Object.keys(seen).sort()).toEqual([watched.toUpperCase(), watched].sort());

  for (const one of site.everyTree())
    for (const file of one.files()) site.mendFile(one, file, join(good, file.path));
  expect([...damaged(tree), ...damaged(snapshot)]).toEqual([]);
  const left = [site.paths.trees, site.paths.snapshots].flatMap((path) => readdirSync(path)).sort();
  expect(left).toEqual([".g1.manifest", ".s1.manifest", "g1", "s1"]);
});
