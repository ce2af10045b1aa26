import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection, ManifestFile } from "../src/index.js";
import { openStore } from "../src/index.js";
import { CREATED, damaged, HOLDER, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let outside: string;
let collection: Collection;
beforeEach(async () => {
  dir = await temporaryDirectory();
  outside = `${dir.path}/outside`;
  mkdirSync(outside);
  collection = openStore({ dir: `${dir.path}/store` }).collection("site");
  collection.prepare();
});
afterEach(() => dir.remove());

const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
const SEAL = { created: CREATED, facts: null };
const SHA256 = "f".repeat(64);

/** A regular file outside and its record. */
function source(text = "content", name = "source"): { path: string; file: ManifestFile } {
  const path = `${outside}/${name}`;
  writeFileSync(path, text, { mode: 0o644 });
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  return {
    path,
    file: { path: "pool/a/file", size: text.length, sha256: SHA256, mtime: 1_700_000_000_000 },
  };
}

describe("a tree", () => {
  it("takes files by link, copy, write and alias, adopts them, and seals what it was given", async () => {
    const linked = source("linked", "1");
    const copied = source("copied", "2");
    const moved = source("moved!", "3");
    const builder = collection.newTree("g1");
    builder.link(linked.path, { ...linked.file, path: "linked" });
    builder.copy(copied.path, { ...copied.file, path: "a/copied" });
    builder.adopt(moved.path, { ...moved.file, path: "a/b/moved", mtime: 5000 });
    const written = builder.write("./a//written", Buffer.from("hello"), CREATED);
    builder.alias("a/written", "by-hash/x");
    expect(written).toMatchObject({ path: "a/written", size: 5, mtime: 1795230245000 });
    expect([builder.has("a/written"), builder.has("a"), builder.has("x")]).toEqual([
      true,
      false,
      false,
    ]);
    const tree = await builder.seal(SEAL);

    const inode = (path: string) => lstatSync(path).ino;
    expect(inode(`${tree.path}/linked`)).toBe(inode(linked.path));
    expect(inode(`${tree.path}/a/copied`)).not.toBe(inode(copied.path));
    expect(inode(`${tree.path}/by-hash/x`)).toBe(inode(`${tree.path}/a/written`));
    expect(inode(`${tree.path}/a/b/moved`)).toBe(inode(moved.path));
    const files = [...tree.files()];
    expect(files.map(({ path }) => path)).toEqual([
      "a/b/moved",
      "a/copied",
      "a/written",
      "by-hash/x",
      "linked",
    ]);
    for (const { path, size, mtime } of files)
      expect(lstatSync(`${tree.path}/${path}`)).toMatchObject({ size, mtimeMs: mtime });
    expect(tree.header()).toMatchObject({ files: 5, bytes: 28 });
    expect(collection.trees().map(({ generation }) => generation)).toEqual(["g1"]);
  });

  it("is not listed before it is sealed, and takes nothing afterwards", async () => {
    const builder = collection.newTree("g1");
    builder.write("a", Buffer.from("a"), CREATED);
    expect(collection.trees()).toEqual([]);
    const sealing = builder.seal(SEAL);
    expect(() => builder.write("b", Buffer.from("b"), CREATED)).toThrow(TypeError);
    const tree = await sealing;
    expect(() => builder.write("b", Buffer.from("b"), CREATED)).toThrow(TypeError);
    await expect(builder.seal(SEAL)).rejects.toThrow(TypeError);
    builder.discard();
    expect(damaged(tree)).toEqual([]);
  });

  it("leaves nothing when it is discarded", () => {
    const builder = collection.newTree("g1");
    builder.write("a/b/c", Buffer.from("a"), CREATED);
    builder.discard();
    builder.discard();
    expect(readdirSync(collection.paths.trees)).toEqual([]);
    expect(() => builder.has("a")).not.toThrow();
    expect(() => builder.write("b", Buffer.from("b"), CREATED)).toThrow(TypeError);
  });

  it("is made once per generation", async () => {
    collection.newTree("open");
    await plant(collection, "sealed");
    mkdirSync(`${collection.paths.trees}/foreign`);
    for (const generation of ["open", "sealed", "foreign"])
      expect(() => collection.newTree(generation)).toThrow(code("TREE_EXISTS"));
  });

  it.each(["", ".", "..", "a/b", ".hidden", "a b", "-a", "a\n"])("has no generation %j", (name) => {
    expect(() => collection.newTree(name)).toThrow(code("BAD_NAME"));
  });

  it("refuses unsafe paths in every method", () => {
    const builder = collection.newTree("g1");
    const { path, file } = source();
    builder.write("a", Buffer.from("a"), CREATED);
    const bad = { ...file, path: "../../escape" };
    expect(() => builder.link(path, bad)).toThrow(code("UNSAFE_PATH"));
    expect(() => builder.copy(path, bad)).toThrow(code("UNSAFE_PATH"));
    expect(() => builder.adopt(path, bad)).toThrow(code("UNSAFE_PATH"));
    expect(() => builder.write(bad.path, Buffer.from(""), CREATED)).toThrow(code("UNSAFE_PATH"));
    expect(() => builder.alias("a", bad.path)).toThrow(code("UNSAFE_PATH"));
    expect(() => builder.has(bad.path)).toThrow(code("UNSAFE_PATH"));
  });

  it.each([{ size: -1 }, { size: 1.5 }, { mtime: Number.NaN }, { mtime: 1500 }, { sha256: "ABC" }])(
    "calls a record with %j a programmer's mistake",
    (fault) => {
      const { path, file } = source();
      expect(() => collection.newTree("g1").link(path, { ...file, ...fault })).toThrow(TypeError);
    },
  );

  it("refuses a path twice, and one that is both file and directory", () => {
    const builder = collection.newTree("g1");
    const write = (path: string) => () => builder.write(path, Buffer.from("x"), CREATED);
    write("a/b")();
    expect(write("a/b")).toThrow(code("PATH_CONFLICT"));
    expect(write("a")).toThrow(code("PATH_CONFLICT"));
    expect(write("a/b/c")).toThrow(code("PATH_CONFLICT"));
    expect(write("a/b/c/d/e")).toThrow(code("PATH_CONFLICT"));
    expect(() => builder.alias("a/b", "a")).toThrow(code("PATH_CONFLICT"));
    expect(() => builder.alias("a/x", "z")).toThrow(code("NOT_AS_RECORDED"));
  });

  it("holds exactly the files that it accepted, in whatever order they came", async () => {
    const name = fc.constantFrom("a", "b", "c", "d/e", "a/b", "b/c/d", "./a", "d//e");
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 8 }), async (names) => {
        const builder = collection.newTree(`p${count++}`);
        const accepted = names.filter((path) => {
          try {
            builder.write(path, Buffer.from(path), CREATED);
            return true;
          } catch (error) {
            expect(error).toEqual(code("PATH_CONFLICT"));
            return false;
          }
        });
        const tree = await builder.seal(SEAL);
        expect([...tree.files()]).toHaveLength(accepted.length);
        expect(damaged(tree)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a source", () => {
  it("must be a regular file of the size and mtime on record", () => {
    const builder = collection.newTree("g1");
    const { path, file } = source();
    symlinkSync(path, `${outside}/symlink`);
    const changed = code("NOT_AS_RECORDED");
    expect(() => builder.link(path, { ...file, size: 8 })).toThrow(changed);
    expect(() => builder.link(path, { ...file, mtime: 1000 })).toThrow(changed);
    expect(() => builder.adopt(path, { ...file, size: 8 })).toThrow(changed);
    expect(() => builder.copy(path, { ...file, size: 8 })).toThrow(changed);
    for (const source of [`${outside}/symlink`, outside, `${outside}/gone`, `${path}/below`]) {
      expect(() => builder.link(source, file)).toThrow(changed);
      expect(() => builder.copy(source, file)).toThrow(changed);
      expect(() => builder.adopt(source, file)).toThrow(changed);
    }
    builder.link(path, file);
    expect(builder.has(file.path)).toBe(true);
  });

  it("may have a fraction of a second that its record has not, and keeps it", async () => {
    const { path, file } = source();
    utimesSync(path, 1_700_000_000.75, 1_700_000_000.75);
    const builder = collection.newTree("g1");
    builder.link(path, file);
    expect(() => builder.link(path, { ...file, path: "b", mtime: 1_700_000_001_000 })).toThrow(
      code("NOT_AS_RECORDED"),
    );
    const tree = await builder.seal(SEAL);
    const { mtimeMs } = lstatSync(`${tree.path}/${file.path}`);
    expect(mtimeMs).toBe(1_700_000_000_750);
    const snapshot = await collection.createSnapshot({ name: "s1", created: CREATED, tree });
    expect(lstatSync(`${snapshot.path}/${file.path}`).ino).toBe(lstatSync(path).ino);
  });

  it.each([
    ["behind a loop of symlinks", "ELOOP", () => `${outside}/loop/file`],
    ["of a name too long", "ENAMETOOLONG", () => `${outside}/${"x".repeat(256)}`],
    ["of a path too long", "ENAMETOOLONG", () => `${outside}/${"x/".repeat(2500)}file`],
  ])("%s is not as recorded, and its place can be taken by another", async (_, found, bad) => {
    symlinkSync("loop", `${outside}/loop`);
    const builder = collection.newTree("g1");
    const { path, file } = source();
    for (const put of ["link", "copy", "adopt"] as const)
      expect(() => builder[put](bad(), file)).toThrow(
        expect.objectContaining({ code: "ERR_SNAPSHOT_NOT_AS_RECORDED", found }),
      );
    builder.adopt(path, file);
    expect([...(await builder.seal(SEAL)).files()]).toEqual([file]);
  });

  it("in the tree itself that was taken away is not as recorded", () => {
    const builder = collection.newTree("g1");
    builder.write("a", Buffer.from("x"), CREATED);
    renameSync(`${builder.path}/a`, `${outside}/a`);
    expect(() => builder.alias("a", "b")).toThrow(
      expect.objectContaining({ code: "ERR_SNAPSHOT_NOT_AS_RECORDED", found: "ENOENT" }),
    );
    expect(readdirSync(builder.path)).toEqual([]);
  });

  it("that others may not read is copied, so that it stays as it is", () => {
    const { path, file } = source();
    chmodSync(path, 0o600);
    const builder = collection.newTree("g1");
    builder.link(path, file);
    const copy = lstatSync(`${builder.path}/${file.path}`);
    expect(copy.mode & 0o777).toBe(0o644);
    expect(copy).toMatchObject({ nlink: 1, size: file.size, mtimeMs: file.mtime });
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
  });

  const EXT4 = 0xef53;
  it.runIf(statfsSync(tmpdir()).type === EXT4)(
    "whose inode has no link left is copied (on ext4, which allows 65,000)",
    () => {
      const { path, file } = source();
      mkdirSync(`${outside}/links`);
      let links = 1;
      try {
        for (; links < 70_000; links += 1) linkSync(path, `${outside}/links/${links}`);
      } catch (error) {
        expect(error).toMatchObject({ code: "EMLINK" });
      }
      expect(lstatSync(path).nlink).toBe(65_000);
      const builder = collection.newTree("g1");
      builder.link(path, file);
      builder.alias(file.path, "second");
      const copy = lstatSync(`${builder.path}/${file.path}`);
      expect(copy).toMatchObject({ nlink: 2, size: file.size, mtimeMs: file.mtime });
      expect(readFileSync(`${builder.path}/second`, "utf8")).toBe("content");
      spawnSync("rm", ["-rf", `${outside}/links`]);
    },
  );
});

describe("a symlink planted in a tree", () => {
  it("in the place of a directory is not followed", () => {
    const builder = collection.newTree("g1");
    symlinkSync(outside, `${builder.path}/pool`);
    const { path, file } = source();
    const foreign = code("FOREIGN_ENTRY");
    expect(() => builder.link(path, file)).toThrow(foreign);
    expect(() => builder.copy(path, file)).toThrow(foreign);
    expect(() => builder.adopt(path, file)).toThrow(foreign);
    expect(() => builder.write("pool/new", Buffer.from("x"), CREATED)).toThrow(foreign);
    expect(readdirSync(outside)).toEqual(["source"]);
  });

  it("in the place of a file is neither followed nor replaced", () => {
    const builder = collection.newTree("g1");
    const { path, file } = source();
    symlinkSync(`${outside}/target`, `${builder.path}/file`);
    const record = { ...file, path: "file" };
    expect(() => builder.link(path, record)).toThrow(code("FOREIGN_ENTRY"));
    expect(() => builder.copy(path, record)).toThrow(code("FOREIGN_ENTRY"));
    expect(() => builder.adopt(path, record)).toThrow(code("FOREIGN_ENTRY"));
    expect(() => builder.write("file", Buffer.from("x"), CREATED)).toThrow(code("FOREIGN_ENTRY"));
    expect(readdirSync(outside)).toEqual(["source"]);
  });

  it("after the fact keeps the tree from being sealed", async () => {
    const builder = collection.newTree("g1");
    builder.write("pool/a", Buffer.from("x"), CREATED);
    renameSync(`${builder.path}/pool`, `${outside}/pool`);
    symlinkSync(`${outside}/pool`, `${builder.path}/pool`);
    await expect(builder.seal(SEAL)).rejects.toEqual(code("FOREIGN_ENTRY"));
    expect(collection.trees()).toEqual([]);
    builder.discard();
    expect(readdirSync(`${outside}/pool`)).toEqual(["a"]);
  });

  it("or a file that was put in or taken out is found by the seal", async () => {
    const more = collection.newTree("more");
    more.write("a", Buffer.from("x"), CREATED);
    writeFileSync(`${more.path}/b`, "x");
    await expect(more.seal(SEAL)).rejects.toEqual(code("FOREIGN_ENTRY"));
    const less = collection.newTree("less");
    less.write("a", Buffer.from("x"), CREATED);
    renameSync(`${less.path}/a`, `${outside}/a`);
    await expect(less.seal(SEAL)).rejects.toEqual(code("NOT_AS_RECORDED"));
  });
});

describe("modes", () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

  it("are at least 0644 and 0755 whatever the umask", async () => {
    const umask = process.umask(0o077);
    try {
      const strict = openStore({ dir: `${dir.path}/strict` }).collection("site");
      strict.prepare();
      const { path, file } = source();
      chmodSync(path, 0o600);
      const builder = strict.newTree("g1");
      builder.write("a/b/c", Buffer.from("x"), CREATED);
      builder.copy(path, { ...file, path: "copied" });
      builder.adopt(path, { ...file, path: "a/moved" });
      const tree = await builder.seal(SEAL);
      strict.swap("latest", tree);
      for (const directory of [
        `${dir.path}/strict`,
        strict.paths.pointers,
        strict.paths.trees,
        tree.path,
        `${tree.path}/a`,
        `${tree.path}/a/b`,
      ])
        expect(modeOf(directory)).toBe("755");
      for (const name of ["a/b/c", "copied", "a/moved"])
        expect(modeOf(`${tree.path}/${name}`)).toBe("644");
      expect(modeOf(tree.manifestPath)).toBe("644");
      for (const directory of [strict.paths.state, strict.paths.partial, strict.paths.locks])
        expect(modeOf(directory)).toBe("700");
    } finally {
      process.umask(umask);
    }
  });

  it("of a store that a lock made are 0755 at least, of one that was there as they were", async () => {
    const umask = process.umask(0o077);
    try {
      mkdirSync(`${dir.path}/private`);
      for (const name of ["locked", "private"]) {
        const other = openStore({ dir: `${dir.path}/${name}` }).collection("site");
        (await other.lock("sync", HOLDER)).release();
        other.prepare();
      }
      expect(modeOf(`${dir.path}/locked`)).toBe("755");
      expect(modeOf(`${dir.path}/private`)).toBe("700");
    } finally {
      process.umask(umask);
    }
  });

  it("are only ever widened: setgid and group writing stay", async () => {
    const umask = process.umask(0o027);
    try {
      chmodSync(collection.paths.trees, 0o2775);
      const builder = collection.newTree("g1");
      builder.write("a/b", Buffer.from("x"), CREATED);
      expect(modeOf(`${builder.path}/a`)).toBe("2755");
      collection.prepare();
      expect(modeOf(collection.paths.trees)).toBe("2775");
    } finally {
      process.umask(umask);
    }
  });
});

it("moves whole: nothing in a store says where it lies", async () => {
  const one = await plant(collection, "g1");
  const two = await plant(collection, "g2");
  collection.swap("latest", one);
  collection.swap("latest", two);
  collection.showLinks("latest", ["css"]);
  collection.writeState("seen", { at: 1 });
  renameSync(`${dir.path}/store`, `${dir.path}/elsewhere`);
  const moved = openStore({ dir: `${dir.path}/elsewhere/` }).collection("site");
  expect(moved.latest()?.generation).toBe("g2");
  expect(damaged(moved.latest() ?? two)).toEqual([]);
  expect(readFileSync(`${moved.paths.pointers}/css/site.css`, "utf8")).toBe("g2");
  expect(readFileSync(`${moved.paths.pointers}/.latest.previous/index.html`, "utf8")).toBe("g1");
  expect(moved.readState("seen")).toEqual({ at: 1 });
  moved.swap("latest", await plant(moved, "g3"));
  expect(moved.sweep({ now: CREATED, grace: 0 }).removed).toEqual(["g1"]);
  const grep = spawnSync("grep", ["-rF", dir.path, `${dir.path}/elsewhere`]);
  expect([grep.status, grep.stdout.toString()]).toEqual([1, ""]);
});
