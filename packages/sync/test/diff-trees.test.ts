import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { SealedTree } from "@mirror/snapshot";
import { createKey, describeNeeds, type RepositorySpec, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  countPackages,
  createUnpacker,
  diffTrees,
  type GroupDiff,
  readTreeIndices,
  readTreePackages,
  type Unpacker,
} from "../src/index.js";
import { treeIndices } from "../src/tree-indices.js";
import { type Mirror, openMirror } from "./mirror.js";

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
afterEach(() => mirror.close());

const STABLE = {
  suite: "stable",
  architectures: ["amd64", "arm64"],
  packages: [
    { package: "same", version: "1.0" },
    { package: "gone", version: "1.0" },
    { package: "up", version: "1.9" },
    { package: "down", version: "1:1.0" },
    { package: "ours", version: "1.0", architecture: "arm64" },
    { package: "data", version: "1.0", architecture: "all" },
  ],
};
const CHANGE = {
  add: [
    { package: "up", version: "1.10" },
    { package: "down", version: "2.0" },
    { package: "new", version: "1.0" },
  ],
  remove: ["gone"],
};
const reader = { unpacker: createUnpacker() };

function sealed(): SealedTree {
  const tree = mirror.collection.latest();
  if (!tree) throw new Error("latest shows nothing");
  return tree;
}

async function twoTrees(
  suites: RepositorySpec["suites"],
  spec: Parameters<typeof openMirror>[2],
  change: () => Promise<void>,
): Promise<[SealedTree, SealedTree]> {
  mirror = await openMirror(key, suites, spec);
  await mirror.sync();
  const before = sealed();
  await change();
  await mirror.sync();
  return [before, sealed()];
}

const stableChange = () => mirror.repository.publish({ suites: { stable: CHANGE } });
const of = (groups: readonly GroupDiff[], suite: string, architecture: string) =>
  groups.find((group) => group.suite === suite && group.architecture === architecture);
const names = (list: readonly { name: string }[] | undefined) => list?.map(({ name }) => name);

describe("the diff of two trees", () => {
  it("says by suite, component and architecture what changed", async () => {
    const spec = { architectures: ["amd64", "arm64"] };
    const [before, after] = await twoTrees([STABLE], spec, stableChange);
    const { groups } = await diffTrees(before, after, reader);
    expect(groups.map(({ architecture }) => architecture)).toEqual(["amd64", "arm64"]);
    expect(of(groups, "stable", "amd64")).toMatchObject({
      component: "main",
      trees: "both",
      packagesBefore: 5,
      packagesAfter: 5,
      upgraded: [{ name: "up", from: "1.9", to: "1.10" }],
      downgraded: [{ name: "down", from: "1:1.0", to: "2.0" }],
    });
    expect(names(of(groups, "stable", "amd64")?.added)).toEqual(["new"]);
    expect(names(of(groups, "stable", "amd64")?.removed)).toEqual(["gone"]);
    expect(of(groups, "stable", "arm64")).toMatchObject({ packagesBefore: 2, packagesAfter: 2 });
    expect(names(of(groups, "stable", "arm64")?.upgraded)).toEqual([]);
  });

  it("shows groups that one tree alone has as such", async () => {
    const other = { suite: "testing", packages: [{ package: "x", version: "1" }] };
    const [before, after] = await twoTrees(
      [STABLE, other],
      { suites: ["stable", "testing"] },
      async () => {
        mirror.spec = { suites: ["stable"], architectures: ["amd64", "arm64"] };
      },
    );
    const { groups } = await diffTrees(before, after, reader);
    expect(of(groups, "testing", "amd64")).toMatchObject({ trees: "before", packagesBefore: 1 });
    expect(of(groups, "stable", "arm64")).toMatchObject({ trees: "after", packagesAfter: 2 });
    expect(of(groups, "stable", "amd64")).toMatchObject({ trees: "both", added: [], removed: [] });
  });

  it("does not read an index that is the same in both", async () => {
    const other = { suite: "testing", packages: [{ package: "x", version: "1" }] };
    const [before, after] = await twoTrees([STABLE, other], {}, stableChange);
    const opened: string[] = [];
    const unpacker: Unpacker = {
      reads: reader.unpacker.reads,
      open(path, ...rest) {
        opened.push(path);
        return reader.unpacker.open(path, ...rest);
      },
    };
    const { groups } = await diffTrees(before, after, { unpacker });
    expect(opened).toHaveLength(2);
    for (const path of opened) expect(path).toContain("/dists/stable/main/binary-amd64/");
    expect(of(groups, "testing", "amd64")).toMatchObject({ packagesBefore: 1, packagesAfter: 1 });
  });

  it("compares source packages, and flat repositories by architecture", async () => {
    const flat = {
      suite: "./",
      packages: [
        { package: "f", version: "1", architecture: "amd64" },
        { package: "f", version: "1", architecture: "arm64" },
        { package: "f", version: "1", architecture: "i386" },
      ],
    };
    const stable = { ...STABLE, sources: [{ package: "src", version: "1" }] };
    const [before, after] = await twoTrees(
      [stable, flat],
      { sources: true, suites: ["stable"] },
      async () => {
        await mirror.repository.publish({
          suites: { stable: { addSources: [{ package: "src", version: "2" }] } },
        });
      },
    );
    const { groups } = await diffTrees(before, after, reader);
    expect(of(groups, "stable", "source")?.upgraded).toEqual([
      { name: "src", architecture: "source", from: "1", to: "2" },
    ]);

    const spec = { components: [], suites: ["./"], architectures: ["amd64", "arm64"] };
    mirror.spec = spec;
    await mirror.sync();
    const one = sealed();
    expect(readTreeIndices(one)).toMatchObject([
      { suite: "./", component: "", architecture: "", kind: "packages", stanzas: 2 },
    ]);
    const add = [{ package: "f", version: "2", architecture: "arm64" }];
    await mirror.repository.publish({ suites: { "./": { add } } });
    await mirror.sync();
    const flatDiff = await diffTrees(one, sealed(), reader);
    expect(flatDiff.groups).toMatchObject([
      { packagesBefore: 2, upgraded: [{ name: "f", architecture: "arm64", from: "1", to: "2" }] },
    ]);
  });

  it("reads nothing of an index that is not the one that was sealed", async () => {
    const [before, after] = await twoTrees([STABLE], {}, stableChange);
    for (const { forms } of readTreeIndices(after)) {
      for (const { file } of forms) {
        const path = join(after.path, file.path);
        chmodSync(path, 0o644);
        truncateSync(path, file.size - 1);
        writeFileSync(path, "#", { flag: "a" });
      }
    }
    await expect(diffTrees(before, after, reader)).rejects.toMatchObject({
      code: "ERR_SYNC_BAD_INDEX",
    });
  });
});

describe("the indices of a tree", () => {
  const spec = { architectures: ["amd64", "arm64"], sources: true };
  const suite = { ...STABLE, sources: [{ package: "src", version: "1" }] };

  it("are noted in its facts with how much they list", async () => {
    mirror = await openMirror(key, [suite], spec);
    await mirror.sync();
    const name = "dists/stable/main";
    const facts = sealed().header().facts as { suites: { indices: unknown }[] };
    expect(facts.suites[0]?.indices).toEqual([
      {
        name: `${name}/binary-amd64/Packages`,
        kind: "packages",
        component: "main",
        architecture: "amd64",
        stanzas: 5,
      },
      {
        name: `${name}/binary-arm64/Packages`,
        kind: "packages",
        component: "main",
        architecture: "arm64",
        stanzas: 2,
      },
      {
        name: `${name}/source/Sources`,
        kind: "sources",
        component: "main",
        architecture: "source",
        stanzas: 1,
      },
    ]);
  });

  it("are found by their places where older facts do not name them, or name nonsense", async () => {
    mirror = await openMirror(key, [suite, { ...STABLE, suite: "stable/updates" }], spec);
    await mirror.sync();
    const tree = sealed();
    const strip = ({ stanzas: _, ...index }: ReturnType<typeof readTreeIndices>[number]) => index;
    const expected = readTreeIndices(tree).map(strip);
    expect(expected).toHaveLength(5);
    const facts = tree.header().facts as Parameters<typeof treeIndices>[0];
    for (const indices of [undefined, "x", [null], [{ name: "../x", stanzas: 1 }]]) {
      const suites = facts.suites.map((one) => ({ ...one, indices }) as typeof one);
      const found = treeIndices({ ...facts, suites }, tree.files());
      expect(found).toEqual(expected);
    }
    const header = () => {
      const suites = facts.suites.map(({ indices: _, ...one }) => one);
      return { ...tree.header(), facts: { ...facts, suites } };
    };
    const old = { ...tree, header };
    const { groups } = await countPackages(old, reader);
    expect(groups).toEqual((await countPackages(tree, reader)).groups);
    expect(
      (await diffTrees(old, tree, reader)).groups.every(({ added }) => added.length === 0),
    ).toBe(true);
  });
});

describeNeeds(describe, ["dpkg"], "beside a second opinion", () => {
  it("finds what reading the text line by line, and dpkg, find", async () => {
    const wide = Array.from({ length: 40 }, (_, at) => ({
      package: `p${at % 30}`,
      version: `1.${at}`,
    }));
    const stable = { suite: "stable", packages: wide };
    const [before, after] = await twoTrees([stable], {}, async () => {
      const packages = Array.from({ length: 40 }, (_, at) => ({
        package: `p${(at * 7) % 33}`,
        version: `1.${(at * 11) % 45}${at % 3 === 0 ? "~rc1" : ""}`,
      }));
      await mirror.repository.publish({ suites: { stable: { packages } } });
    });
    const [group] = (await diffTrees(before, after, reader)).groups;
    const [old, fresh] = [plainNewest(before.path), plainNewest(after.path)];
    const both = [...old.keys()].filter((name) => fresh.has(name)).sort();
    const moved = (relation: string) =>
      both.filter((name) => says(old.get(name) ?? "", relation, fresh.get(name) ?? ""));
    expect(names(group?.upgraded)).toEqual(moved("lt"));
    expect(names(group?.downgraded)).toEqual(moved("gt"));
    expect(moved("lt").length).toBeGreaterThan(3);
    const onlyOld = [...old.keys()].filter((name) => !fresh.has(name));
    expect(names(group?.removed)).toEqual(expect.arrayContaining(onlyOld));
    const [index] = readTreeIndices(after);
    if (!index) throw new Error("no index");
    const read: string[] = [];
    for await (const { name, version } of readTreePackages(after, index, ["amd64"], reader)) {
      read.push(`${name} ${version}`);
    }
    expect(read).toEqual(plainPackages(after.path));
  });
});

/** `name version` of each stanza, by lines alone. */
function plainPackages(tree: string): string[] {
  const packed = readFileSync(join(tree, "dists/stable/main/binary-amd64/Packages.gz"));
  const text = gunzipSync(packed).toString();
  return text
    .split("\n\n")
    .filter((stanza) => stanza.trim() !== "")
    .map((stanza) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(stanza)?.[1];
      return `${field("Package")} ${field("Version")}`;
    });
}

function plainNewest(tree: string): Map<string, string> {
  const newest = new Map<string, string>();
  for (const line of plainPackages(tree)) {
    const [name = "", version = ""] = line.split(" ");
    const known = newest.get(name);
    if (known === undefined || says(known, "lt", version)) newest.set(name, version);
  }
  return newest;
}

function says(one: string, relation: string, other: string): boolean {
  try {
    execFileSync("dpkg", ["--compare-versions", one, relation, other]);
    return true;
  } catch {
    return false;
  }
}
