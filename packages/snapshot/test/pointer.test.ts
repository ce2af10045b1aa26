import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection, Store } from "../src/index.js";
import { openStore } from "../src/index.js";
import { plant } from "./plant.js";

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

const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
const target = (name: string) => readlinkSync(`${collection.paths.pointers}/${name}`);

describe("a pointer", () => {
  it("is absent until it is swapped for the first time", async () => {
    expect(collection.latest()).toBeUndefined();
    collection.swap("latest", await plant(collection, "g1"));
    expect(collection.latest()).toMatchObject({ generation: "g1" });
    expect(target("latest")).toBe("../.mirrorctl/trees/site/g1");
    expect(readdirSync(collection.paths.pointers)).toEqual(["latest"]);
  });

  it("keeps beside it what it showed before", async () => {
    const trees = [];
    for (const generation of ["g1", "g2", "g3"]) trees.push(await plant(collection, generation));
    for (const tree of trees) {
      collection.swap("latest", tree);
      collection.swap("latest", tree);
    }
    expect(collection.latest()?.generation).toBe("g3");
    expect(target(".latest.previous")).toBe("../.mirrorctl/trees/site/g2");
  });

  it("that a dead process left half swapped is finished by the next swap", async () => {
    const g1 = await plant(collection, "g1");
    const g2 = await plant(collection, "g2");
    collection.swap("latest", g1);
    symlinkSync("../.mirrorctl/trees/site/g1", `${collection.paths.pointers}/.latest.previous`);
    collection.swap("latest", g2);
    expect([target("latest"), target(".latest.previous")]).toEqual([
      "../.mirrorctl/trees/site/g2",
      "../.mirrorctl/trees/site/g1",
    ]);
  });

  it("can show a tree of another collection of the store", async () => {
    const other = store.collection("other");
    other.prepare();
    collection.swap("latest", await plant(other, "g1"));
    expect(target("latest")).toBe("../.mirrorctl/trees/other/g1");
    expect(collection.latest()?.path).toBe(`${other.paths.trees}/g1`);
  });

  it("never shows what is not sealed, or lies in another store", async () => {
    const tree = await plant(collection, "g1");
    unlinkSync(tree.manifestPath);
    expect(() => collection.swap("latest", tree)).toThrow(code("NOT_SEALED"));
    const elsewhere = openStore({ dir: `${dir.path}/elsewhere` }).collection("site");
    elsewhere.prepare();
    const foreign = await plant(elsewhere, "g1");
    expect(() => collection.swap("latest", foreign)).toThrow(TypeError);
    expect(readdirSync(collection.paths.pointers)).toEqual([]);
  });

  it("whose tree or manifest is gone is dangling", async () => {
    const g1 = await plant(collection, "g1");
    collection.swap("latest", g1);
    renameSync(g1.manifestPath, `${g1.manifestPath}x`);
    expect(() => collection.latest()).toThrow(code("DANGLING_POINTER"));
    renameSync(`${g1.manifestPath}x`, g1.manifestPath);
    expect(collection.latest()?.generation).toBe("g1");
    rmSync(g1.path, { recursive: true });
    expect(() => collection.latest()).toThrow(code("DANGLING_POINTER"));
    symlinkSync("/", g1.path);
    expect(() => collection.latest()).toThrow(code("DANGLING_POINTER"));
    collection.swap("latest", await plant(collection, "g2"));
    expect(collection.latest()?.generation).toBe("g2");
  });

  it.each(["", ".", "..", ".latest", "a/b", "../x", "a b"])("is never called %j", async (name) => {
    expect(() => collection.resolve(name)).toThrow(code("BAD_NAME"));
    expect(() => collection.checkSwap(name)).toThrow(code("BAD_NAME"));
    const tree = await plant(collection, "g1");
    expect(() => collection.swap(name, tree)).toThrow(code("BAD_NAME"));
  });
});

describe("the check before a swap", () => {
  it("passes and changes nothing where the swap works: no pointer, a pointer, a link", async () => {
    const before = () => readdirSync(collection.paths.pointers);
    collection.checkSwap("latest");
    expect(before()).toEqual([]);
    collection.swap("latest", await plant(collection, "g1"));
    collection.checkSwap("latest");
    collection.showLinks("latest", ["staging"]);
    collection.checkSwap("staging");
    expect(before()).toEqual(["latest", "staging"]);
    expect(target("staging")).toBe("latest/staging");
  });

  it("fails like the swap where the public directory is missing", async () => {
    const tree = await plant(collection, "g1");
    rmSync(collection.paths.pointers, { recursive: true });
    const missing = expect.objectContaining({ code: "ERR_SNAPSHOT_WRITE", found: "ENOENT" });
    expect(() => collection.checkSwap("latest")).toThrow(missing);
    expect(() => collection.swap("latest", tree)).toThrow(missing);
  });
});

describe("something foreign in the place of a pointer", () => {
  const plants = {
    "a file": (path: string) => writeFileSync(path, "mine"),
    "a directory": (path: string) => {
      mkdirSync(path);
      writeFileSync(`${path}/file`, "mine");
    },
    "a symlink to elsewhere": (path: string) => symlinkSync("/etc", path),
    "a dangling symlink": (path: string) => symlinkSync("/nowhere", path),
    "a symlink below a tree": (path: string) =>
      symlinkSync("../.mirrorctl/trees/site/g1/css", path),
    "a symlink out of the trees": (path: string) =>
      symlinkSync("../.mirrorctl/trees/site/../../state", path),
  };
  it.each(Object.entries(plants))("is refused and left alone: %s", async (_, put) => {
    const g1 = await plant(collection, "g1");
    put(`${collection.paths.pointers}/latest`);
    const before = lstatSync(`${collection.paths.pointers}/latest`);
    expect(() => collection.swap("latest", g1)).toThrow(code("FOREIGN_ENTRY"));
    expect(() => collection.checkSwap("latest")).toThrow(code("FOREIGN_ENTRY"));
    expect(() => collection.latest()).toThrow(code("FOREIGN_ENTRY"));
    expect(lstatSync(`${collection.paths.pointers}/latest`)).toMatchObject({
      ino: before.ino,
      mtimeMs: before.mtimeMs,
    });
    expect(readdirSync(collection.paths.pointers)).toEqual(["latest"]);
  });

  it("or of its .previous changes nothing at all", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    writeFileSync(`${collection.paths.pointers}/.latest.previous`, "mine");
    const g2 = await plant(collection, "g2");
    expect(() => collection.checkSwap("latest")).toThrow(code("FOREIGN_ENTRY"));
    expect(() => collection.swap("latest", g2)).toThrow(code("FOREIGN_ENTRY"));
    expect(collection.latest()?.generation).toBe("g1");
    expect(readFileSync(`${collection.paths.pointers}/.latest.previous`, "utf8")).toBe("mine");
  });

  it("of a .previous matters to the check as to the swap: not before the pointer exists", async () => {
    writeFileSync(`${collection.paths.pointers}/.latest.previous`, "mine");
    collection.checkSwap("latest");
    collection.swap("latest", await plant(collection, "g1"));
    expect(() => collection.checkSwap("latest")).toThrow(code("FOREIGN_ENTRY"));
  });

  it("or of a directory of the store is refused by prepare", () => {
    const places = [
      (id: string) => `${store.dir}/${id}`,
      (id: string) => `${store.dir}/.mirrorctl/trees/${id}`,
      (id: string) => `${store.dir}/.mirrorctl/state/${id}`,
    ];
    for (const [index, place] of places.entries()) {
      symlinkSync(dir.path, place(`link${index}`));
      expect(() => store.collection(`link${index}`).prepare()).toThrow(code("FOREIGN_ENTRY"));
    }
    expect(readdirSync(dir.path)).toEqual(["store"]);
  });
});

describe("top-level links", () => {
  const links = () =>
    readdirSync(collection.paths.pointers).filter((name) => !name.includes("latest"));

  it("show directories of what the pointer shows, and move to another pointer", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    expect(collection.showLinks("latest", ["css", "js"])).toEqual({
      made: ["css", "js"],
      kept: [],
      refused: [],
    });
    expect(readFileSync(`${collection.paths.pointers}/css/site.css`, "utf8")).toBe("g1");
    expect(collection.showLinks("latest", ["css", "img"])).toMatchObject({
      made: ["img"],
      kept: ["css"],
    });
    expect(collection.showLinks("current", ["css"])).toMatchObject({ made: ["css"] });
    expect(target("css")).toBe("current/css");
  });

  it("are never made over something foreign, a pointer, or by a name that hides", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    collection.swap("current", await plant(collection, "g2"));
    writeFileSync(`${collection.paths.pointers}/robots`, "mine");
    const names = ["robots", "current", "latest", "staging", ".git", "a/b", "..", "", "a\n"];
    expect(collection.showLinks("latest", names, { reserved: ["staging"] })).toEqual({
      made: [],
      kept: [],
      refused: [
        { name: "robots", reason: "foreign" },
        { name: "current", reason: "pointer" },
        { name: "latest", reason: "pointer" },
        { name: "staging", reason: "pointer" },
        { name: ".git", reason: "dot" },
        { name: "a/b", reason: "unsafe" },
        { name: "..", reason: "dot" },
        { name: "", reason: "unsafe" },
        { name: "a\n", reason: "unsafe" },
      ],
    });
    expect(links()).toEqual(["current", "robots"]);
  });

  it("are hidden, and nothing else is", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    collection.showLinks("latest", ["css", "js", "img"]);
    mkdirSync(`${collection.paths.pointers}/mine`);
    symlinkSync("latest/css", `${collection.paths.pointers}/styles`);
    symlinkSync("/etc", `${collection.paths.pointers}/etc`);
    expect(collection.hideLinks(["css"])).toEqual(["img", "js"]);
    expect(links()).toEqual(["css", "etc", "mine", "styles"]);
    expect(collection.latest()?.generation).toBe("g1");
  });

  it("give way to a pointer of their name", async () => {
    collection.swap("latest", await plant(collection, "g1"));
    collection.showLinks("latest", ["staging"]);
    expect(collection.resolve("staging")).toBeUndefined();
    collection.swap("staging", await plant(collection, "g2"));
    expect(collection.resolve("staging")?.generation).toBe("g2");
  });
});

it("is resolvable at every instant of 200 swaps, for a reader that spins", async () => {
  const trees = [await plant(collection, "g1"), await plant(collection, "g2")] as const;
  collection.swap("latest", trees[0]);
  collection.swap("latest", trees[1]);
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./children/spin.mjs", import.meta.url)), collection.paths.pointers],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
  await once(child.stdout, "data");
  for (let count = 0; count < 200; count += 1) {
    collection.swap("latest", trees[count % 2 === 0 ? 0 : 1]);
    // Lets the reader have its turn on a machine with one processor.
    if (count % 20 === 0) await new Promise((done) => setTimeout(done, 1));
  }
  child.stdin.end();
  await once(child, "close");
  const { looks, switches, failures } = JSON.parse(said.join("").split("\n")[1] ?? "");
  expect(failures).toEqual({});
  expect(looks).toBeGreaterThan(200);
  expect(switches).toBeGreaterThan(0);
});

it("shows what the last swap said and before it the one before, after any swaps", async () => {
  const trees = await Promise.all(
    ["g0", "g1", "g2"].map((generation) => plant(collection, generation, ["a"])),
  );
  let count = 0;
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 6 }),
      (swaps: readonly number[]) => {
        const pointer = `p${count++}`;
        const shown = swaps.filter((tree, at) => tree !== swaps[at - 1]);
        for (const index of swaps) {
          const tree = trees[index];
          if (tree !== undefined) collection.swap(pointer, tree);
        }
        expect(collection.resolve(pointer)?.generation).toBe(`g${shown.at(-1)}`);
        if (shown.length > 1)
          expect(target(`.${pointer}.previous`)).toBe(`../.mirrorctl/trees/site/g${shown.at(-2)}`);
      },
    ),
    { numRuns: 30 },
  );
});
