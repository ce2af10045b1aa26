import { cpSync, lstatSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type SealedTree } from "@mirror/snapshot";
import { createKey, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const PACKAGES = [
  { package: "hello", version: "1.0" },
  { package: "big", version: "1.0", payload: 300_000 },
];
const BIG = "pool/main/b/big/big_1.0_amd64.deb";

let key: TestKey;
let root: string;
const opened: Mirror[] = [];

beforeAll(async () => {
  key = await createKey();
});
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mirror-reuse-"));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((mirror) => mirror.close()));
  rmSync(root, { recursive: true, force: true });
});

/** A mirror in the store that all of a test share. */
async function open(id: string, packages = PACKAGES): Promise<Mirror> {
  const place = { dir: join(root, "store"), id };
  const mirror = await openMirror(key, [{ suite: "stable", packages }], {}, {}, place);
  opened.push(mirror);
  const store = openStore({ dir: mirror.dir });
  mirror.elsewhere = { trees: () => store.trees(), directories: [] };
  return mirror;
}

const inode = ({ dir, collection }: Mirror, path = BIG) =>
  lstatSync(join(dir, collection.id, "latest", path)).ino;
const pool = ({ server }: Mirror) =>
  server.requests.filter(({ path }) => path.includes("/pool/")).map(({ path }) => path);
const judge = async ({ dir, collection }: Mirror) =>
  (
    await judgeMirror(join(dir, collection.id, "latest/"), {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    })
  ).violations;
const codes = ({ events }: Mirror) =>
  events.flatMap((event) => (event.type === "warning" ? [event.code] : []));

describe("a content that another mirror of the store has", () => {
  it("is linked, counts as reused, and is asked of no server", async () => {
    const [first, second] = [await open("a"), await open("b")];
    await first.sync();
    const dry = await second.dryRun();
    expect(dry.elsewhere.files).toBeGreaterThanOrEqual(2);
    expect(dry.present).toEqual(dry.elsewhere);
    expect(pool(second)).toEqual([]);
    const report = await second.sync();
    expect(pool(second)).toEqual([]);
    expect(inode(second)).toBe(inode(first));
    expect(report.reused.files).toBe(dry.elsewhere.files);
    expect(report.downloaded).toEqual(dry.toDownload);
    expect(await judge(second)).toEqual([]);
    expect(codes(second)).toEqual([]);
    expect((await second.collection.latest()?.header())?.files).toBeGreaterThan(4);
  });

  it("is found at another path too, also in the mirror's own tree", async () => {
    const first = await open("a");
    await first.sync();
    const before = inode(first);
    const filename = "pool/universe/b/big.deb";
    const moved = PACKAGES.map((one) => (one.package === "big" ? { ...one, filename } : one));
    await first.repository.publish({ suites: { stable: { packages: moved } } });
    first.server.clear();
    const report = await first.sync();
    expect(inode(first, filename)).toBe(before);
    expect(pool(first)).toEqual([]);
    expect(report.reused.files).toBeGreaterThanOrEqual(2);
    expect(await judge(first)).toEqual([]);
  });

  it("is found in a snapshot, when no other tree has it any more", async () => {
    const first = await open("a");
    await first.sync();
    const snapshot = await first.collection.createSnapshot({ name: "old", created: new Date() });
    await first.repository.publish({ suites: { stable: { packages: PACKAGES.slice(0, 1) } } });
    first.later = 8 * 24 * 3_600_000;
    await first.sync();
    await first.repository.publish({ suites: { stable: { packages: [] } } });
    first.later *= 2;
    await first.sync();
    for (const tree of first.collection.trees())
      if (tree.generation !== first.collection.latest()?.generation)
        expect([...tree.files()].length).toBeGreaterThan(0);
    await first.repository.publish({ suites: { stable: { packages: PACKAGES } } });
    first.server.clear();
    await first.sync();
    expect(pool(first)).toEqual([]);
    expect(inode(first)).toBe(lstatSync(join(snapshot.path, BIG)).ino);
    expect(await judge(first)).toEqual([]);
  });

  it("costs no look at any tree where nothing is to be downloaded", async () => {
    const first = await open("a");
    await first.sync();
    let asked = 0;
    const trees = async () => {
      asked += 1;
      return [];
    };
    first.elsewhere = { trees, directories: [] };
    await first.sync();
    first.spec = { ignoreMissing: ["nothing/*"] };
    expect((await first.sync()).outcome).toBe("changed");
    expect(asked).toBe(0);
    await first.repository.publish({
      suites: { stable: { add: [{ package: "new", version: "1" }] } },
    });
    await first.sync();
    expect(asked).toBeGreaterThan(0);
  });
});

describe("a tree of another mirror", () => {
  /** Lets `mirror` see the tree of `other` as `change` leaves it. */
  const see = (mirror: Mirror, other: Mirror, change: (tree: SealedTree) => SealedTree) => {
    const tree = other.collection.latest();
    if (!tree) throw new Error("no tree");
    mirror.elsewhere = { trees: async () => [change(tree)], directories: [] };
  };

  it("that goes while it is read costs a download", async () => {
    const [first, second] = [await open("a"), await open("b")];
    await first.sync();
    see(second, first, (tree) => ({
      ...tree,
      *files(contents) {
        const files = [...tree.files(contents)];
        yield* files;
        for (const { path } of files.filter(({ path }) => path.endsWith(".deb")))
          queueMicrotask(() => rmSync(join(tree.path, path)));
      },
    }));
    await second.sync();
    expect(pool(second).length).toBeGreaterThan(0);
    expect(await judge(second)).toEqual([]);
  });

  it.each<[string, (file: string) => void]>([
    ["other bytes", (file) => writeFileSync(file, "x".repeat(lstatSync(file).size))],
    ["another size", (file) => writeFileSync(file, "x")],
    ["nothing", (file) => rmSync(file)],
  ])("that has %s in the place of a file is not believed", async (_, damage) => {
    const [first, second] = [await open("a"), await open("b")];
    await first.sync();
    damage(join(root, "store/a/latest", BIG));
    await second.sync();
    expect(pool(second).filter((path) => path.endsWith(BIG))).toHaveLength(1);
    expect(await judge(second)).toEqual([]);
  });

  it("is not believed where a digest is listed that it was not checked against", async () => {
    const [first, second] = [await open("a"), await open("b")];
    await first.sync();
    const path = join(root, "store/a/latest", BIG);
    const { mtime } = lstatSync(path);
    writeFileSync(path, "x".repeat(lstatSync(path).size));
    utimesSync(path, mtime, mtime);
    see(second, first, (tree) => ({
      ...tree,
      *files(contents) {
        for (const { checked: _mark, ...file } of tree.files(contents)) yield file;
      },
    }));
    await second.sync();
    expect(pool(second).filter((asked) => asked.endsWith(BIG))).toHaveLength(1);
    expect(await judge(second)).toEqual([]);
    expect(codes(second)).toEqual(["WARN_SYNC_NOT_REUSED"]);
  });

  it("does not bring back what was found to be damaged, by another name of the same file", async () => {
    const withoutMd5 = PACKAGES.map((one) => ({ ...one, entry: { MD5sum: undefined } }));
    const [first, second] = [await open("a", withoutMd5), await open("b")];
    await first.sync();
    await second.sync();
    expect(inode(second)).toBe(inode(first));
    const path = join(root, "store/a/latest", BIG);
    const { size, mtime } = lstatSync(path);
    writeFileSync(path, "x".repeat(size));
    utimesSync(path, mtime, mtime);
    await first.repository.publish({ suites: { stable: { packages: PACKAGES } } });
    first.server.clear();
    see(first, second, (tree) => tree);
    await first.sync();
    expect(pool(first)).toHaveLength(1);
    expect(await judge(first)).toEqual([]);
  });

  it("with a damaged manifest is passed over", async () => {
    const [first, second] = [await open("a"), await open("b")];
    await first.sync();
    const manifest = first.collection.latest()?.manifestPath ?? "";
    cpSync(manifest, join(root, "whole"));
    writeFileSync(manifest, "no manifest");
    await second.sync();
    expect(pool(second).length).toBeGreaterThan(1);
    expect(await judge(second)).toEqual([]);
    cpSync(join(root, "whole"), manifest);
  });
});
