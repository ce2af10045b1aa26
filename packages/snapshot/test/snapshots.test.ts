import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { gunzipSync } from "node:zlib";
import { fingerprintTree, temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Collection, CreateSnapshotOptions, Store } from "../src/index.js";
import { openStore } from "../src/index.js";
import { CREATED, damaged, NOTE, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: Store;
let site: Collection;
beforeEach(async () => {
  dir = await temporaryDirectory();
  store = openStore({ dir: `${dir.path}/store` });
  site = store.collection("site");
  site.prepare();
  site.swap("latest", await plant(site, "g1"));
});
afterEach(() => dir.remove());

const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
const at = (minutes: number) => new Date(CREATED.getTime() + minutes * 60_000);
const take = (name: string, options: Partial<CreateSnapshotOptions> = {}) =>
  site.createSnapshot({ name, created: CREATED, ...options });
const names = () => site.snapshots().map(({ name }) => name);
const listed = () => readdirSync(site.paths.snapshots).sort();

describe("a snapshot", () => {
  it("holds the files of the tree by hard links, its facts, and where it comes from", async () => {
    const made = await take("v1", { created: at(1) });
    expect(made).toMatchObject({
      name: "v1",
      generation: "v1",
      created: at(1),
      automatic: false,
      protected: false,
      rejected: false,
      link: "made",
      copied: { files: 0, bytes: 0 },
    });
    expect(made.path).toBe(`${store.dir}/.mirrorctl/snapshots/site/v1`);
    expect(made.header()).toEqual({
      format: 1,
      created: at(1).toISOString(),
      files: 2,
      bytes: 4,
      facts: { generation: "g1" },
      source: "g1",
    });
    const tree = site.latest();
    expect([...made.files()]).toEqual([...(tree?.files() ?? [])]);
    expect(damaged(made)).toEqual([]);
    expect(lstatSync(`${made.path}/css/site.css`).ino).toBe(
      lstatSync(`${tree?.path}/css/site.css`).ino,
    );
    expect(listed()).toEqual([".v1.manifest", "v1"]);
    expect(readlinkSync(`${store.dir}/site/snapshots`)).toBe("../.mirrorctl/snapshots/site");
    expect(readFileSync(`${store.dir}/site/snapshots/v1/index.html`, "utf8")).toBe("g1");
    expect((await take("v2", { automatic: true })).link).toBe("kept");
    expect(site.snapshot("v2")).toMatchObject({ automatic: true });
    expect(site.snapshot("v3")).toBeUndefined();
  });

  it("has a copy of what clients cannot read in the tree, which stays as it is", async () => {
    const tree = site.latest()?.path ?? "";
    const page = `${tree}/index.html`;
    chmodSync(page, 0o400);
    chmodSync(`${tree}/css`, 0o700);
    const made = await take("v1");
    expect(made.copied).toEqual({ files: 1, bytes: 2 });
    expect(damaged(made)).toEqual([]);
    const copy = lstatSync(`${made.path}/index.html`);
    expect([copy.mode & 0o777, copy.mtimeMs]).toEqual([0o644, lstatSync(page).mtimeMs]);
    expect(lstatSync(`${made.path}/css`).mode & 0o777).toBe(0o755);
    expect(lstatSync(page).mode & 0o777).toBe(0o400);
    expect(lstatSync(`${made.path}/css/site.css`).nlink).toBe(2);
  });

  it("can be of any tree, also of a snapshot, and outlives it", async () => {
    const g2 = await plant(site, "g2");
    await take("v2", { tree: g2, automatic: true });
    const v2 = site.snapshot("v2");
    await take("again", v2 === undefined ? {} : { tree: v2 });
    site.removeTree("g2");
    site.removeSnapshot("v2");
    const again = site.snapshot("again");
    expect(again?.header()).toMatchObject({ source: "v2", facts: { generation: "g2" } });
    expect(again?.automatic).toBe(false);
    expect(again && damaged(again)).toEqual([]);
  });

  it("is listed by time, then by name, and what is no snapshot is not", async () => {
    await take("b", { created: at(2) });
    await take("c", { created: at(1) });
    await take("a", { created: at(2) });
    mkdirSync(`${site.paths.snapshots}/mine`);
    writeFileSync(`${site.paths.snapshots}/.gone.manifest`, "{}");
    expect(names()).toEqual(["c", "a", "b"]);
    await expect(take("mine")).rejects.toThrow(code("TREE_EXISTS"));
    expect((await take("gone")).name).toBe("gone");
    expect(store.collection("other").snapshots()).toEqual([]);
  });

  it("with a damaged manifest is listed and can be removed", async () => {
    const { manifestPath } = await take("v1");
    writeFileSync(manifestPath, "garbage");
    utimesSync(manifestPath, at(3), at(3));
    expect(site.snapshots()).toMatchObject([{ name: "v1", created: at(3), automatic: false }]);
    expect(() => site.snapshots()[0]?.header()).toThrow(code("BAD_MANIFEST"));
    site.removeSnapshot("v1", { keep: () => true });
    expect(listed()).toEqual([]);
    writeFileSync((await take("v2")).manifestPath, '{"format":2}\n');
    expect(() => site.snapshots()).toThrow(code("NEWER_FORMAT"));
  });

  it("is refused without a tree, by a taken name, by a bad one, and leaves nothing", async () => {
    const other = store.collection("other");
    other.prepare();
    await expect(other.createSnapshot({ name: "v1", created: CREATED })).rejects.toThrow(
      code("NO_TREE"),
    );
    await take("v1");
    await expect(take("v1")).rejects.toThrow(code("TREE_EXISTS"));
    for (const name of ["", ".", "..", ".v1", "a/b", "v1\n", "a".repeat(201)]) {
      await expect(take(name)).rejects.toThrow(code("BAD_NAME"));
      expect(() => site.snapshot(name)).toThrow(code("BAD_NAME"));
      expect(() => site.removeSnapshot(name)).toThrow(code("BAD_NAME"));
      expect(() => site.protect(name, NOTE)).toThrow(code("BAD_NAME"));
    }
    expect((await take("a".repeat(200))).name).toHaveLength(200);
    expect(names()).toHaveLength(2);
  });

  const damages: Record<string, [string, (tree: string) => void]> = {
    "a file that is gone": ["NOT_AS_RECORDED", (tree) => unlinkSync(`${tree}/css/site.css`)],
    "a file of another size": ["NOT_AS_RECORDED", (tree) => truncateSync(`${tree}/index.html`, 1)],
    "a file of another time": [
      "NOT_AS_RECORDED",
      (tree) => utimesSync(`${tree}/index.html`, at(9), at(9)),
    ],
    "a symlink in the place of a file": [
      "NOT_AS_RECORDED",
      (tree) => {
        unlinkSync(`${tree}/index.html`);
        symlinkSync("/etc/hostname", `${tree}/index.html`);
      },
    ],
    "a symlink in the place of a directory": [
      "NOT_AS_RECORDED",
      (tree) => {
        rmSync(`${tree}/css`, { recursive: true });
        symlinkSync("/etc", `${tree}/css`);
      },
    ],
    "a manifest that is cut": [
      "BAD_MANIFEST",
      (tree) => truncateSync(`${tree.replace("/g1", "/.g1.manifest")}`, 250),
    ],
  };
  it.each(Object.entries(damages))("is not made of a tree with %s", async (_, [name, damage]) => {
    const tree = site.latest();
    damage(tree?.path ?? "");
    await expect(take("v1")).rejects.toThrow(code(name));
    expect(listed()).toEqual([]);
  });

  it("has all files of any tree, however its directories lie", async () => {
    const names = fc.constantFrom("a", "b", "ab", "a.b", "c");
    const path = fc.array(names, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(path, { maxLength: 40 }), async (paths) => {
        count += 1;
        const builder = site.newTree(`t${count}`);
        for (const name of new Set(paths))
          builder.write(`${name}/file`, Buffer.from(name), CREATED);
        const tree = await builder.seal({ created: CREATED, facts: null });
        const made = await take(`s${count}`, { tree });
        expect(damaged(made)).toEqual([]);
        expect([...made.files()]).toEqual([...tree.files()]);
        const modes = (root: string) =>
          readdirSync(root, { recursive: true, encoding: "utf8" })
            .map((name) => [name, lstatSync(`${root}/${name}`)] as const)
            .map(([name, stats]) => `${name} ${stats.mode} ${stats.isFile() ? stats.ino : ""}`)
            .sort();
        expect(modes(made.path)).toEqual(modes(tree.path));
      }),
      { numRuns: 40 },
    );
  });

  it("can be given up", async () => {
    const signal = AbortSignal.abort();
    const builder = site.newTree("big");
    for (let count = 0; count < 1100; count += 1)
      builder.write(`${count}`, Buffer.from("x"), CREATED);
    const tree = await builder.seal({ created: CREATED, facts: null });
    await expect(take("v1", { tree, signal })).rejects.toThrow(code("ABORTED"));
    expect(listed()).toEqual([]);
  });
});

describe("a replacement", () => {
  it("takes the name of a snapshot that nobody needs", async () => {
    await take("v1");
    site.reject("v1", NOTE);
    const g2 = await plant(site, "g2");
    const made = await take("v1", { tree: g2, replace: true });
    expect(made).toMatchObject({ rejected: false });
    expect(made.header().source).toBe("g2");
    expect(readFileSync(`${made.path}/index.html`, "utf8")).toBe("g2");
    expect(listed()).toEqual([".v1.manifest", "v1"]);
    expect((await take("v2", { replace: true })).name).toBe("v2");
  });

  // Each step that a replacement takes once the new tree is whole, as a dead process left it.
  const steps: readonly (readonly [string, string])[] = [
    [".v1.manifest", ".v1.replaced"],
    ["v1", ".v1.old"],
    [".v1.part", "v1"],
    [".v1.unsealed", ".v1.manifest"],
  ];
  it.each([1, 2, 3, 4])("that died after step %i of 4 is carried through", async (count) => {
    const place = site.paths.snapshots;
    await take("new", { tree: await plant(site, "g2") });
    await take("v1");
    site.reject("v1", NOTE);
    renameSync(`${place}/new`, `${place}/.v1.part`);
    renameSync(`${place}/.new.manifest`, `${place}/.v1.unsealed`);
    for (const [from, to] of steps.slice(0, count))
      renameSync(`${place}/${from}`, `${place}/${to}`);
    expect(site.snapshot("v1")).toSatisfy((v1) => count === 4 || v1 === undefined);
    await take("next");
    const v1 = site.snapshot("v1");
    expect(v1?.header().source).toBe("g2");
    expect(v1 && damaged(v1)).toEqual([]);
    expect(listed().filter((name) => !name.endsWith(".rejected"))).toEqual([
      ".next.manifest",
      ".v1.manifest",
      "next",
      "v1",
    ]);
  });

  it("that died before its first step never was", async () => {
    const place = site.paths.snapshots;
    const v1 = await take("v1");
    await take("new");
    renameSync(`${place}/new`, `${place}/.v1.part`);
    renameSync(`${place}/.new.manifest`, `${place}/.v1.unsealed`);
    expect(site.sweep({ now: CREATED, grace: 0 }).unfinished).toEqual(["v1"]);
    expect(damaged(v1)).toEqual([]);
    expect(listed()).toEqual([".v1.manifest", "v1"]);
  });

  it("is refused where the snapshot is shown or protected, or nobody can tell", async () => {
    const v1 = await take("v1");
    site.protect("v1", NOTE);
    await expect(take("v1", { replace: true })).rejects.toThrow(code("PROTECTED"));
    site.unprotect("v1");
    site.swap("staging", v1);
    await expect(take("v1", { replace: true })).rejects.toThrow(code("IN_USE"));
    expect(damaged(v1)).toEqual([]);
  });
});

describe("a removal", () => {
  it("frees what only that snapshot holds, as du sees it too", async () => {
    await take("v1");
    const tree = await plant(site, "g2", { "index.html": "g2", "a/b": "12345", "a/c": "same" });
    const v2 = await take("v2", { tree });
    expect(site.uniqueBytes(v2)).toEqual({ files: 0, bytes: 0 });
    site.removeTree("g2");
    expect(site.uniqueBytes(v2)).toEqual({ files: 3, bytes: 11 });
    expect(site.removeSnapshot("v2")).toEqual({ bytesFreed: 11, pointersRemoved: [] });
    expect(site.removeSnapshot("v1")).toEqual({ bytesFreed: 0, pointersRemoved: [] });
    expect(listed()).toEqual([]);
    expect(() => site.removeSnapshot("v1")).toThrow(code("NO_SNAPSHOT"));
  });

  it("is refused while any symlink shows it, and says which", async () => {
    const other = openStore({ dir: store.dir }).collection("other");
    other.prepare();
    const v1 = await take("v1");
    const v2 = await take("v2");
    site.swap("staging", v1);
    site.swap("staging", v2);
    other.swap("borrowed", v1);
    const pointers = `${store.dir}/site`;
    expect(site.usage().snapshots).toEqual(
      new Map([
        ["v1", [`${store.dir}/other/borrowed`, `${pointers}/.staging.previous`]],
        ["v2", [`${pointers}/staging`]],
      ]),
    );
    expect(() => site.removeSnapshot("v2")).toThrow(
      expect.objectContaining({
        code: "ERR_SNAPSHOT_IN_USE",
        pointers: [`${pointers}/staging`],
      }),
    );
    expect(() => site.removeSnapshot("v1")).toThrow(code("IN_USE"));
    expect(names()).toEqual(["v1", "v2"]);
  });

  it("that is forced takes pointers and links along, but no symlink of anybody else", async () => {
    const v1 = await take("v1");
    site.protect("v1", NOTE);
    expect(() => site.removeSnapshot("v1")).toThrow(code("PROTECTED"));
    site.swap("current", v1);
    site.showLinks("current", ["css"]);
    symlinkSync("current/css", `${site.paths.pointers}/styles`);
    expect(() => site.removeSnapshot("v1", { force: true })).toThrow(
      expect.objectContaining({ pointers: [`${site.paths.pointers}/styles`] }),
    );
    expect(site.resolve("current")?.generation).toBe("v1");
    unlinkSync(`${site.paths.pointers}/styles`);
    expect(site.removeSnapshot("v1", { force: true }).pointersRemoved).toEqual([
      `${site.paths.pointers}/css`,
      `${site.paths.pointers}/current`,
    ]);
    expect(listed()).toEqual([]);
    expect(readdirSync(site.paths.pointers).sort()).toEqual(["latest", "snapshots"]);
  });

  it("keeps what it is told to, compressed, and nothing when it picks nothing", async () => {
    const v1 = await take("v1");
    const manifest = readFileSync(v1.manifestPath);
    const files = [...v1.files()];
    site.removeSnapshot("v1", { keep: ({ path }) => path === "index.html" });
    expect(site.kept("v1", "manifest")).toEqual(manifest);
    const scratch = await temporaryDirectory("kept-");
    onTestFinished(() => scratch.remove());
    expect([...(site.keptTree("v1", scratch.path)?.files() ?? [])].length).toBeGreaterThan(0);
    expect(site.keptTree("v0", scratch.path)).toBeUndefined();
    const [css, index] = files;
    expect(site.kept("v1", { sha256: index?.sha256 ?? "" })?.toString()).toBe("g1");
    expect(site.kept("v1", { sha256: "f".repeat(64) })).toBeUndefined();
    expect(css?.path).toBe("css/site.css");
    const place = `${site.paths.state}/deleted/v1`;
    expect(readdirSync(place).sort()).toEqual([`${index?.sha256}.gz`, "manifest.gz"].sort());
    expect(gunzipSync(readFileSync(`${place}/manifest.gz`))).toEqual(manifest);
    await take("v2");
    site.removeSnapshot("v2", { keep: () => false });
    expect(site.kept("v2", "manifest")).toBeUndefined();
    await take("v1", { tree: await plant(site, "g2") });
    site.removeSnapshot("v1", { keep: () => true });
    expect(site.kept("v1", { sha256: index?.sha256 ?? "" })).toBeUndefined();
    expect(readdirSync(`${site.paths.state}/deleted`)).toEqual(["v1"]);
  });
});

it("counts what only it holds as du does", async () => {
  const content = fc.dictionary(
    fc.constantFrom("a", "b", "c/d", "c/e", "c/f/g"),
    fc.string({ maxLength: 9000 }),
  );
  let count = 0;
  await fc.assert(
    fc.asyncProperty(content, content, async (first, second) => {
      count += 1;
      const before = await plant(site, `x${count}`, first);
      const builder = site.newTree(`y${count}`);
      for (const file of before.files())
        if (first[file.path] === second[file.path])
          builder.link(`${before.path}/${file.path}`, file);
      for (const [path, text] of Object.entries(second))
        if (!builder.has(path)) builder.write(path, Buffer.from(text), CREATED);
      if (builder.has("a")) builder.alias("a", "alias/of/a");
      const tree = await builder.seal({ created: CREATED, facts: null });
      const snapshot = await take(`s${count}`, { tree });
      site.removeTree(`y${count}`);
      const sizes = (paths: string[], how = "-sbc") =>
        Number(
          /^\d+/.exec(
            execFileSync("du", [how, "--block-size=1", ...paths], { encoding: "utf8" })
              .split("\n")
              .at(-2) ?? "",
          )?.[0],
        );
      const directories = readdirSync(snapshot.path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .reduce((sum, entry) => sum + lstatSync(`${entry.parentPath}/${entry.name}`).size, 0);
      const { bytes } = site.uniqueBytes(snapshot);
      const own = lstatSync(snapshot.path).size + directories;
      expect(sizes([before.path, snapshot.path]) - sizes([before.path])).toBe(bytes + own);
      const freed = await site.freedBy([snapshot]);
      const both = [before.path, snapshot.path];
      expect(sizes(both, "-sc") - sizes([before.path], "-sc")).toBe(freed.bytes);
      expect(sizes(both, "-sc")).toBe((await site.freedBy([before, snapshot])).bytes);
      const inodes = (paths: string[]) =>
        new Set(
          paths.flatMap((path) =>
            [path, ...readdirSync(path, { recursive: true }).map((name) => `${path}/${name}`)].map(
              (name) => lstatSync(name).ino,
            ),
          ),
        ).size;
      expect(inodes(both) - inodes([before.path])).toBe(freed.inodes);
      expect(site.removeSnapshot(`s${count}`).bytesFreed).toBe(bytes);
    }),
    { numRuns: 25 },
  );
});

describe("a mark", () => {
  it("is seen, goes, and survives garbage in it and in the state", async () => {
    await take("v1");
    site.protect("v1", NOTE);
    site.reject("v1", NOTE);
    expect(JSON.parse(readFileSync(`${site.paths.snapshots}/.v1.protected`, "utf8"))).toEqual({
      at: CREATED.toISOString(),
      by: NOTE.by,
      command: "test",
    });
    rmSync(site.paths.state, { recursive: true });
    writeFileSync(`${site.paths.snapshots}/.v1.protected`, "");
    expect(site.snapshot("v1")).toMatchObject({ protected: true, rejected: true });
    site.unprotect("v1");
    site.unreject("v1");
    site.unreject("v1");
    expect(site.snapshot("v1")).toMatchObject({ protected: false, rejected: false });
    expect(() => site.protect("v2", NOTE)).toThrow(code("NO_SNAPSHOT"));
    expect(listed()).toEqual([".v1.manifest", "v1"]);
  });
});

describe("the link to the snapshots", () => {
  it("is left alone where something else has the name, and follows a changed place", async () => {
    const link = `${site.paths.pointers}/snapshots`;
    writeFileSync(link, "mine");
    expect((await take("v1")).link).toBe("foreign");
    expect(readFileSync(link, "utf8")).toBe("mine");
    unlinkSync(link);
    symlinkSync("/etc", link);
    expect((await take("v2")).link).toBe("foreign");
    unlinkSync(link);
    const other = store.collection("other");
    other.prepare();
    await plant(other, "g1");
    for (const place of [other.paths.trees, site.paths.trees]) {
      symlinkSync(place, link);
      expect((await take("v5")).link).toBe("foreign");
      site.removeSnapshot("v5");
      expect(store.collection("site").remove({ dryRun: true }).snapshots).toEqual(["v1", "v2"]);
      unlinkSync(link);
    }
    expect((await take("v3")).link).toBe("made");
    const moved = store.collection("site", { snapshots: `${dir.path}/else/where` });
    expect((await moved.createSnapshot({ name: "v4", created: CREATED })).link).toBe("made");
    expect(readlinkSync(link)).toBe(`${dir.path}/else/where/site`);
    expect(existsSync(`${link}/v4/index.html`)).toBe(true);
  });

  it("keeps pointers and top-level links from its name", async () => {
    const v1 = await take("v1");
    expect(() => site.swap("snapshots", v1)).toThrow(code("BAD_NAME"));
    const reasons = site.showLinks("staging", ["snapshots", "latest"]).refused;
    expect(reasons.map(({ reason }) => reason)).toEqual(["pointer", "pointer"]);
  });
});

it("changes nothing in the tree that it was taken of", async () => {
  const tree = site.latest();
  const before = await fingerprintTree(tree?.path ?? "");
  await take("v1");
  site.removeSnapshot("v1");
  expect(await fingerprintTree(tree?.path ?? "")).toEqual(before);
});
