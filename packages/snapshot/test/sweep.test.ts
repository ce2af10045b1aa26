import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { fingerprintTree, temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection, Store } from "../src/index.js";
import { openStore } from "../src/index.js";
import { CREATED, damaged, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: Store;
let collection: Collection;
beforeEach(async () => {
  dir = await temporaryDirectory();
  store = openStore({ dir: `${dir.path}/store` });
  collection = store.collection("site");
  collection.prepare();
});
afterEach(() => dir.remove());

const HOUR = 3_600_000;
const at = (ms: number) => new Date(CREATED.getTime() + ms);
const again = () => openStore({ dir: store.dir }).collection("site");
const generations = () => collection.trees().map(({ generation }) => generation);
/** Sweeps; what was due before is what went, but for what an earlier run had left to be cleared. */
const sweep = (ms: number, grace = HOUR) => {
  const due = again().due({ now: at(ms), grace });
  const report = again().sweep({ now: at(ms), grace });
  if (report.temporary === 0) expect(due.map((tree) => tree.generation)).toEqual(report.removed);
  return report;
};

describe("a superseded tree", () => {
  it("stays while anything shows it, then for the grace, and then goes", async () => {
    for (const generation of ["g1", "g2"]) {
      collection.swap("latest", await plant(collection, generation));
      expect(sweep(0)).toMatchObject({ removed: [], waiting: [] });
    }
    expect(sweep(100 * HOUR).removed).toEqual([]);
    collection.swap("latest", await plant(collection, "g3"));
    expect(sweep(100 * HOUR)).toMatchObject({ removed: [], waiting: ["g1"] });
    expect(sweep(101 * HOUR - 1)).toMatchObject({ removed: [], waiting: ["g1"] });
    expect(generations()).toEqual(["g1", "g2", "g3"]);
    expect(sweep(101 * HOUR)).toMatchObject({ removed: ["g1"], waiting: [] });
    expect(generations()).toEqual(["g2", "g3"]);
    expect(readdirSync(collection.paths.trees).sort()).toEqual([
      ".g2.manifest",
      ".g3.manifest",
      "g2",
      "g3",
    ]);
  });

  it("begins its grace anew when it was shown meanwhile, or the clock was set back", async () => {
    const g1 = await plant(collection, "g1");
    expect(sweep(0).waiting).toEqual(["g1"]);
    collection.swap("latest", g1);
    expect(sweep(HOUR)).toMatchObject({ removed: [], waiting: [] });
    unlinkSync(`${collection.paths.pointers}/latest`);
    expect(sweep(2 * HOUR).waiting).toEqual(["g1"]);
    expect(sweep(-5 * HOUR).waiting).toEqual(["g1"]);
    expect(sweep(-4 * HOUR).removed).toEqual(["g1"]);
  });

  it("goes at once without grace, and waits anew when its record is lost", async () => {
    await plant(collection, "g1");
    expect(sweep(0).waiting).toEqual(["g1"]);
    for (const garbage of ["garbage", '{"format":1,"value":{"g1":7,"g2":"x"}}'])
      for (const name of readdirSync(collection.paths.state)) {
        writeFileSync(`${collection.paths.state}/${name}`, garbage);
        expect(sweep(HOUR).waiting).toEqual(["g1"]);
      }
    expect(sweep(HOUR, 0).removed).toEqual(["g1"]);
  });

  it("is in use by any symlink of any collection, whatever its name", async () => {
    const other = store.collection("other");
    other.prepare();
    const ways: Record<string, (path: string) => void> = {
      pointer: (path) => symlinkSync("../.mirrorctl/trees/site/pointer", path),
      previous: (path) => symlinkSync("../.mirrorctl/trees/site/previous", path),
      absolute: (path) => symlinkSync(`${store.dir}/.mirrorctl/trees/site/absolute`, path),
      gone: (path) => symlinkSync("../.mirrorctl/trees/site/gone/nothing", path),
      below: (path) => symlinkSync("../.mirrorctl/trees/site/below/css", path),
      alias: (path) => symlinkSync(`${dir.path}/alias/.mirrorctl/trees/site/alias`, path),
    };
    symlinkSync(store.dir, `${dir.path}/alias`);
    for (const [generation, put] of Object.entries(ways)) {
      await plant(collection, generation);
      put(`${other.paths.pointers}/.${generation}`);
    }
    await plant(collection, "top");
    symlinkSync(".mirrorctl/trees/site/top", `${store.dir}/shown-at-the-top`);
    await plant(collection, "free");
    expect(sweep(0, 0).removed).toEqual(["free"]);
    expect(generations()).toHaveLength(7);
  });

  it("leaves files that other trees share as they are", async () => {
    const g1 = await plant(collection, "g1");
    const builder = collection.newTree("g2");
    for (const file of g1.files()) builder.link(`${g1.path}/${file.path}`, file);
    const g2 = await builder.seal({ created: CREATED, facts: null });
    collection.swap("latest", g2);
    expect(sweep(0, 0).removed).toEqual(["g1"]);
    expect(damaged(g2)).toEqual([]);
  });
});

describe("an unsealed tree", () => {
  it("is removed unless it is being built", async () => {
    const left = collection.newTree("left");
    left.write("a/b/c", Buffer.from("x"), CREATED);
    collection.newTree("sealing").write("a", Buffer.from("x"), CREATED);
    expect(collection.sweep({ now: CREATED, grace: HOUR }).unfinished).toEqual([]);
    expect(sweep(0).unfinished).toEqual(["left", "sealing"]);
    expect(readdirSync(collection.paths.trees)).toEqual([]);
  });

  it("that a stopped removal left is finished", async () => {
    await plant(collection, "g1");
    writeFileSync(`${collection.paths.trees}/.g1.unsealed`, "");
    unlinkSync(`${collection.paths.trees}/.g1.manifest`);
    writeFileSync(`${collection.paths.trees}/.g2.unsealed`, "");
    expect(sweep(0).unfinished).toEqual(["g1", "g2"]);
    expect(readdirSync(collection.paths.trees)).toEqual([]);
  });

  it("is not looked for through a symlink", async () => {
    mkdirSync(`${dir.path}/precious`);
    writeFileSync(`${dir.path}/precious/file`, "mine");
    symlinkSync(`${dir.path}/precious`, `${collection.paths.trees}/g1`);
    writeFileSync(`${collection.paths.trees}/.g1.unsealed`, "");
    const builder = collection.newTree("g2");
    symlinkSync(`${dir.path}/precious`, `${builder.path}/link`);
    sweep(0, 0);
    expect(readFileSync(`${dir.path}/precious/file`, "utf8")).toBe("mine");
    expect(sweep(0, 0).foreign).toEqual(["g1"]);
  });
});

describe("a sweep", () => {
  it("removes temporary names of ours", () => {
    const name = ".mirrorctl-0123456789abcdef.tmp";
    symlinkSync("../.mirrorctl/trees/site/g1", `${collection.paths.pointers}/${name}`);
    writeFileSync(`${collection.paths.state}/${name}`, "x");
    expect(sweep(0).temporary).toBe(2);
    expect(existsSync(`${collection.paths.state}/${name}`)).toBe(false);
  });

  it("removes nothing that it did not make, and no partial file", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    sweep(0);
    const { pointers, trees, partial, state } = collection.paths;
    mkdirSync(`${trees}/my-notes`);
    for (const path of [
      `${trees}/my-notes/file`,
      `${trees}/.hidden`,
      `${trees}/README`,
      `${trees}/with blank`,
      `${pointers}/.mirrorctl-0123456789abcdef.tmp`,
      `${pointers}/robots.txt`,
      `${state}/.mirrorctl-xyz.tmp`,
      `${partial}/big.part`,
      `${store.dir}/index.html`,
    ])
      writeFileSync(path, "mine");
    symlinkSync("/etc", `${pointers}/etc`);
    const before = await fingerprintTree(store.dir);
    expect(sweep(HOUR, 0)).toEqual({
      removed: [],
      unfinished: [],
      temporary: 0,
      waiting: [],
      foreign: [".hidden", "README", "my-notes", "with blank"],
      unreadable: [],
    });
    expect(await fingerprintTree(store.dir)).toEqual(before);
  });

  it("does nothing where there is no store", () => {
    const none = openStore({ dir: `${dir.path}/none` }).collection("site");
    expect(none.sweep({ now: CREATED, grace: 0 }).removed).toEqual([]);
    expect(existsSync(`${dir.path}/none`)).toBe(false);
  });

  it("never removes what a pointer or its .previous shows, in any history", async () => {
    const step = fc.record({
      pointer: fc.constantFrom("latest", "current"),
      tree: fc.nat({ max: 3 }),
      sweep: fc.boolean(),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const own = store.collection(`run${run++}`);
        own.prepare();
        for (const { pointer, tree, sweep } of steps) {
          const there = own.trees().find(({ generation }) => generation === `g${tree}`);
          own.swap(pointer, there ?? (await plant(own, `g${tree}`, ["index.html"])));
          if (sweep) own.sweep({ now: CREATED, grace: 0 });
          for (const name of readdirSync(own.paths.pointers))
            expect(existsSync(`${own.paths.pointers}/${name}/index.html`)).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("a tree to be removed at once", () => {
  it("goes, and leaves the files that other trees share", async () => {
    const g1 = await plant(collection, "g1");
    const builder = collection.newTree("g2");
    for (const file of g1.files()) builder.link(`${g1.path}/${file.path}`, file);
    await builder.seal({ created: CREATED, facts: null });
    expect(collection.removeTree("g2")).toBe(true);
    expect(readdirSync(collection.paths.trees).sort()).toEqual([".g1.manifest", "g1"]);
    expect(damaged(g1)).toEqual([]);
  });

  it("stays while a pointer, its .previous or a symlink of another collection shows it", async () => {
    const other = store.collection("other");
    other.prepare();
    for (const generation of ["g1", "g2"])
      collection.swap("latest", await plant(collection, generation));
    other.swap("current", await plant(collection, "g3"));
    for (const generation of ["g1", "g2", "g3"])
      expect(() => collection.removeTree(generation)).toThrow(TypeError);
    expect(generations()).toEqual(["g1", "g2", "g3"]);
  });

  it("is absent when it is not sealed, and has a name that generations have", () => {
    collection.newTree("open");
    mkdirSync(`${collection.paths.trees}/foreign`);
    for (const generation of ["open", "foreign", "none"])
      expect(collection.removeTree(generation)).toBe(false);
    expect(() => collection.removeTree("../site/g1")).toThrow(
      expect.objectContaining({ code: "ERR_SNAPSHOT_BAD_NAME" }),
    );
    expect(readdirSync(collection.paths.trees).sort()).toEqual([
      ".open.unsealed",
      "foreign",
      "open",
    ]);
  });
});

describe("a store", () => {
  it("lists its collections, and none that it did not make", async () => {
    store.collection("other_1-x").prepare();
    mkdirSync(`${store.dir}/foreign`);
    writeFileSync(`${store.dir}/.mirrorctl/trees/file`, "");
    expect(await store.collections()).toEqual(["other_1-x", "site"]);
    expect(await openStore({ dir: `${dir.path}/none/` }).collections()).toEqual([]);
    expect(openStore({ dir: `${dir.path}/none/` }).dir).toBe(`${dir.path}/none`);
  });

  it("lists all sealed trees, generations before snapshots, the newest first", async () => {
    const other = store.collection("other", { snapshots: `${dir.path}/elsewhere` });
    other.prepare();
    const first = await plant(other, "g1");
    const tree = await plant(other, "g2");
    await plant(collection, "g1");
    await collection.createSnapshot({ name: "s", created: CREATED, tree });
    collection.newTree("g3");
    const newer = await other.createSnapshot({ name: "a", created: at(HOUR), tree: first });
    await other.createSnapshot({ name: "b", created: CREATED, tree: first });
    const paths = async () => (await store.trees()).map(({ path }) => path.slice(dir.path.length));
    expect(await paths()).toEqual([
      ...["/store/.mirrorctl/trees/other/g2", "/store/.mirrorctl/trees/other/g1"],
      "/store/.mirrorctl/trees/site/g1",
      ...["/elsewhere/other/a", "/elsewhere/other/b", "/store/.mirrorctl/snapshots/site/s"],
    ]);
    unlinkSync(newer.manifestPath);
    expect((await paths()).slice(3)).toHaveLength(2);
    expect(await openStore({ dir: `${dir.path}/none/` }).trees()).toEqual([]);
  });

  it.each(["", "..", ".", "A", "a/b", ".mirrorctl", "-a", "a.b"])("has no collection %j", (id) => {
    expect(() => store.collection(id)).toThrow(
      expect.objectContaining({ code: "ERR_SNAPSHOT_BAD_NAME" }),
    );
  });
});
