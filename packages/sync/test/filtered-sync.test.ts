import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import {
  aptClient,
  createKey,
  describeNeeds,
  type SuiteSpec,
  serve,
  type TestKey,
  temporaryDirectory,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  countPackages,
  createUnpacker,
  diffTrees,
  explainPackage,
  type Filters,
  judgeGate,
  readTreeIndices,
  readTreePackages,
  verifyTree,
} from "../src/index.js";
import { filters } from "./candidates.js";
import { type Mirror, openMirror } from "./mirror.js";

const PACKAGES = [
  { package: "app", version: "1.0", depends: "libapp1 (>= 1), mta" },
  { package: "libapp1", version: "1.0+b1", fields: { Source: "libapp (1.0)" } },
  { package: "libapp1", version: "0.9", source: "libapp" },
  { package: "postfix", version: "3", fields: { Provides: "mta" } },
  { package: "app-dbg", version: "1.0", depends: "app" },
  { package: "lonely", version: "1" },
];
const SOURCES = ["app", "libapp", "lonely"].map((name) => ({ package: name, version: "1.0" }));
const STABLE: SuiteSpec = { suite: "stable", packages: PACKAGES, sources: SOURCES };
const LIST = { packageList: "app\n", withDependencies: true };

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
afterEach(() => mirror.close());

const open = (given: Partial<Filters>, ...suites: SuiteSpec[]) =>
  openMirror(key, suites.length > 0 ? suites : [STABLE], { filters: filters(given) });
const reader = { unpacker: createUnpacker() };
const keyring = () => readKeyring([{ name: "k", bytes: key.binaryPublic, named: true }]);

function latest(): SealedTree {
  const tree = mirror.collection.latest();
  if (!tree) throw new Error("no tree");
  return tree;
}
const pool = (tree = latest()) =>
  [...tree.files()].map(({ path }) => path).filter((path) => path.startsWith("pool/"));
const names = (tree = latest()) =>
  pool(tree)
    .map((path) => path.split("/").at(-1))
    .sort();

async function verify(tree = latest()) {
  const now = new Date();
  return verifyTree(tree, { level: "full", keyring: await keyring(), now, ...reader });
}

async function packagesIn(tree: SealedTree): Promise<string[]> {
  const found: string[] = [];
  for (const index of readTreeIndices(tree)) {
    for await (const { name, version } of readTreePackages(tree, index, ["amd64"], reader)) {
      found.push(`${name} ${version}`);
    }
  }
  return found.sort();
}

describe("a sync with filters", () => {
  it("holds sources of a flat repository whose index, as apt-ftparchive's, names no directory", async () => {
    const compressions = [""] as const;
    mirror = await open({ packageList: "app\n" }, { ...STABLE, suite: "/", compressions });
    const written = readFileSync(mirror.repository.path("Sources"), "utf8");
    const verbatim = { Sources: written.replace(/^Directory:.*\n/gm, "") };
    await mirror.repository.publish({ suites: { "/": { verbatim } } });
    mirror.spec = { ...mirror.spec, sources: true, components: [] };
    await mirror.sync();
    expect((await verify()).problems).toEqual([]);
    expect(await packagesIn(latest())).toEqual(["app 1.0", "app 1.0"]);
  });

  it("holds what stays, and tells what does not by what leaves it out", async () => {
    mirror = await open({ ...LIST, excludePatterns: ["-dbg$"] });
    const report = await mirror.sync();
    expect(names()).toEqual([
      "app_1.0_amd64.deb",
      "libapp1_1.0+b1_amd64.deb",
      "postfix_3_amd64.deb",
    ]);
    expect(report).toMatchObject({ outcome: "changed", packages: 3, warnings: [] });
    expect(report.filters).toEqual({
      listed: 6,
      stay: 3,
      added: 2,
      leftOut: { excludePatterns: 1, packageList: 2 },
      unsatisfied: 0,
      unsatisfiedRelations: [],
      unknownPackages: [],
    });
    const { filters: told, packages } = await mirror.sync();
    const { unsatisfiedRelations: _1, unknownPackages: _2, ...counts } = report.filters ?? {};
    expect([told, packages]).toEqual([counts, 3]);
  });

  it("publishes upstream's signed metadata as they are", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    for (const name of ["InRelease", "main/binary-amd64/Packages.gz"]) {
      const path = `dists/stable/${name}`;
      const theirs = readFileSync(mirror.repository.path(path));
      expect(readFileSync(join(latest().path, path)).equals(theirs)).toBe(true);
    }
  });

  it("makes a tree that verification, counts, gate and diff judge by what it holds", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const verified = await verify();
    expect(verified.problems).toEqual([]);
    expect(verified.warnings).toEqual([]);
    expect(verified.groups).toMatchObject([{ architecture: "amd64", packages: 3 }]);
    const candidate = await countPackages(latest(), reader);
    expect(candidate.groups).toMatchObject(verified.groups);
    const policy = { minPackages: 4, requireValid: false } as const;
    const gate = judgeGate({ verified, candidate, policy, production: undefined, now: new Date() });
    expect(gate.refusals).toMatchObject([{ check: "min_packages", found: "3" }]);
    expect(await packagesIn(latest())).toEqual(["app 1.0", "libapp1 1.0+b1", "postfix 3"]);
  });

  it("is another one once a filter has changed, although upstream has not", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const before = latest();
    expect((await mirror.sync()).outcome).toBe("unchanged");
    mirror.spec = { filters: filters({ ...LIST, packageList: "app\nlonely\n" }) };
    mirror.server.clear();
    const report = await mirror.sync();
    expect(report).toMatchObject({ outcome: "changed", packages: 4, carried: { files: 0 } });
    const asked = mirror.server.requests.map(({ path }) => path);
    expect(asked.filter((path) => path.includes("pool/"))).toEqual([
      expect.stringContaining("lonely"),
    ]);
    const { groups } = await diffTrees(before, latest(), reader);
    expect(groups).toMatchObject([
      { added: [{ name: "lonely" }], removed: [], packagesBefore: 3, packagesAfter: 4 },
    ]);
    mirror.spec = {};
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", packages: 6 });
    expect((await verify()).problems).toEqual([]);
    mirror.spec = { filters: filters(LIST) };
    expect(await mirror.sync()).toMatchObject({ packages: 3 });
    expect(names()).toEqual(names(before));
  });

  it("gives the same tree warm and cold", async () => {
    mirror = await open({ keepVersions: 1, excludePatterns: ["dbg"] });
    await mirror.sync();
    mirror.spec = { filters: filters(LIST) };
    await mirror.sync();
    const contentOf = () => [...latest().files()].map(({ path, sha256 }) => `${path} ${sha256}`);
    const factsOf = () => latest().header().facts as { filters: object; suites: object[] };
    const [warm, facts] = [contentOf(), factsOf()];
    rmSync(mirror.dir, { recursive: true });
    await mirror.sync();
    expect(contentOf()).toEqual(warm);
    expect(factsOf().filters).toEqual(facts.filters);
    expect(factsOf().suites).toMatchObject(facts.suites.map(({ indices }: never) => ({ indices })));
  });

  it("plans the same in a dry run", async () => {
    mirror = await open(LIST);
    const planned = await mirror.dryRun();
    const done = await mirror.sync();
    expect(planned.filters).toEqual(done.filters);
    expect(planned.toDownload).toEqual(done.downloaded);
    expect(planned.packages.files).toBe(3);
  });

  it("keeps the sources of the packages that stay, in the version they were built from", async () => {
    mirror = await openMirror(key, [STABLE], { filters: filters(LIST), sources: true });
    const { packages, filters: report } = await mirror.sync();
    const built = new Set(
      pool()
        .filter((path) => !path.endsWith(".deb"))
        .map((path) => path.split("/")[3]),
    );
    expect([...built].sort()).toEqual(["app", "libapp"]);
    expect(packages).toBe(5);
    expect(report?.leftOut).toEqual({ packageList: 3, sources: 1 });
    expect((await verify()).problems).toEqual([]);
    expect(await packagesIn(latest())).toContain("libapp 1.0");
    expect(await packagesIn(latest())).not.toContain("lonely 1.0");
  });

  it("warns of what is not met, of names that nothing has, and where nothing stays", async () => {
    const needy = { package: "needy", version: "1", depends: "nowhere" };
    mirror = await open(
      { ...LIST, packageList: "needy\nunheard-of" },
      {
        ...STABLE,
        packages: [needy],
      },
    );
    const { warnings, filters: report } = await mirror.sync();
    const codes = warnings.map(({ code }) => code);
    expect(codes).toEqual(["WARN_SYNC_PACKAGE_UNKNOWN", "WARN_SYNC_UNSATISFIED"]);
    expect(report?.unsatisfiedRelations).toMatchObject([{ name: "needy", relation: "nowhere" }]);
    mirror.spec = { filters: filters({ includePatterns: ["^none$"] }) };
    const nothing = await mirror.sync();
    expect(nothing.warnings).toMatchObject([{ code: "WARN_SYNC_NOTHING_STAYS" }]);
    expect((await verify()).problems).toEqual([]);
  });

  it("refuses filters that are none before anything is published", async () => {
    mirror = await open({ packageList: "not a package" });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_BAD_FILTER" });
    expect(mirror.collection.latest()).toBeUndefined();
  });

  it.each(["./", "sub/"])("works for a flat repository at %s", async (suite) => {
    const flat = { suite, packages: PACKAGES, filenames: "suite" as const };
    mirror = await openMirror(key, [flat], {
      components: [],
      architectures: [],
      filters: filters(LIST),
    });
    expect(await mirror.sync()).toMatchObject({ packages: 3 });
    expect((await verify()).problems).toEqual([]);
    expect(await packagesIn(latest())).toHaveLength(3);
    mirror.spec = { ...mirror.spec, filters: filters({ excludePatterns: ["."] }) };
    await mirror.sync();
    expect((await verify()).problems).toEqual([]);
  });

  it("carries what upstream lists and keep_versions drops no differently from what left", async () => {
    mirror = await open({ keepVersions: 1 });
    await mirror.sync();
    const newer = { package: "lonely", version: "2" };
    const packages = [...PACKAGES, newer];
    await mirror.repository.publish({ suites: { stable: { packages } } });
    const report = await mirror.sync();
    expect(report.filters?.leftOut).toEqual({ keepVersions: 2 });
    expect(report.carried.files).toBeGreaterThan(0);
    expect(existsSync(join(latest().path, "pool/main/l/lonely/lonely_1_amd64.deb"))).toBe(true);
    const verified = await verify();
    expect(verified.problems).toEqual([]);
    expect(verified.groups).toMatchObject([{ packages: report.packages }]);
    expect(await packagesIn(latest())).toHaveLength(report.packages);
  });
});

describe("a tree that was made with filters", () => {
  it("has a problem where its manifest lacks more than they left out", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const tree = latest();
    const lacking: SealedTree = Object.assign(Object.create(tree), {
      *files() {
        for (const file of tree.files()) if (!file.path.includes("postfix")) yield file;
      },
    });
    const { problems } = await verify(lacking);
    expect(problems).toMatchObject([
      {
        code: "ERR_SYNC_TREE_NOT_IN_MANIFEST",
        path: "dists/stable/main/binary-amd64/Packages",
        expected: "3 files",
        found: "4 files",
      },
    ]);
  });

  it("explains each version of a package", async () => {
    mirror = await openMirror(key, [STABLE], { filters: filters(LIST), sources: true });
    await mirror.sync();
    const explain = (name: string, given: Partial<Filters> = LIST) =>
      explainPackage(latest(), filters(given), name, reader);
    const lib = await explain("libapp1");
    expect(lib.sameFilters).toBe(true);
    expect(lib.versions.map(({ version, isIn, why }) => [version, isIn, why])).toEqual([
      ["1.0+b1", true, { kind: "dependency", field: "Depends", of: "app", version: "1.0" }],
      ["0.9", false, { kind: "filter", filter: "packageList" }],
    ]);
    expect((await explain("app")).versions).toMatchObject([
      { architecture: "amd64", isIn: true, why: { kind: "listed" } },
      { architecture: "source", isIn: true, why: { kind: "source" } },
    ]);
    expect((await explain("lonely")).versions).toMatchObject([
      { isIn: false, why: { kind: "filter", filter: "packageList" } },
      { isIn: false, why: { kind: "filter", filter: "sources" } },
    ]);
    expect((await explain("unheard-of")).versions).toEqual([]);
    const changed = await explain("lonely", {});
    expect(changed).toMatchObject({
      sameFilters: false,
      versions: [{ isIn: false, why: { kind: "other-filters" } }, { isIn: false }],
    });
  });
});

describeNeeds(describe, ["apt-get"], "apt as a client of a filtered mirror", () => {
  it("installs what stays, with all that it needs", async () => {
    const essential = { package: "extra", version: "1", recommends: "lonely" };
    const more = { ...STABLE, suite: "updates", packages: [essential], sources: [] };
    mirror = await open({ ...LIST, packageList: "app\nextra=1\n" }, STABLE, more);
    await mirror.sync();
    const served = await serve(join(mirror.dir, "m", "latest"));
    onTestFinished(() => served.close());
    const place = await temporaryDirectory("filtered-apt-");
    onTestFinished(() => place.remove());
    const root = join(place.path, "apt");
    await mkdir(root);
    const line = (suite: string) => `deb ${served.url} ${suite} main\n`;
    const sources = line("stable") + line("updates");
    const apt = await aptClient({ root, sources, keyring: key.binaryPublic });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const wanted = ["--no-install-recommends", "app", "extra"];
    expect(await apt.download(...wanted)).toMatchObject({ exitCode: 0, errors: [] });
    const left = await apt.download("lonely");
    expect(left.exitCode).not.toBe(0);
  });
});
