import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import {
  aptClient,
  createKey,
  describeNeeds,
  judgeMirror,
  runTool,
  type SuiteSpec,
  serve,
  type TestKey,
  temporaryDirectory,
} from "@mirror/testkit";
import { readKeyring, readSigningKey } from "@mirror/verify";
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  createUnpacker,
  explainPackage,
  type Filters,
  type MirrorSpec,
  readTreeIndices,
  readTreePackages,
  type Sign,
  verifyTree,
} from "../src/index.js";
import { filters } from "./candidates.js";
import { type Mirror, openMirror } from "./mirror.js";

const DAY = 24 * 60 * 60 * 1000;
const PACKAGES = [
  { package: "app", version: "1.0", depends: "libapp1 (>= 1)" },
  { package: "libapp1", version: "1.0+b1", fields: { Source: "libapp (1.0)" } },
  { package: "lonely", version: "1" },
];
const SOURCES = ["app", "libapp", "lonely"].map((name) => ({ package: name, version: "1.0" }));
const STABLE: SuiteSpec = { suite: "stable", packages: PACKAGES, sources: SOURCES };
const LIST = { packageList: "app\n", withDependencies: true };

let theirs: TestKey;
let own: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  theirs = await createKey();
  own = await createKey({ userId: "Our Mirror <mirror@example.org>" });
});
afterEach(() => mirror.close());

function signing(key: TestKey, validFor?: number): Sign {
  const bytes = Buffer.from(key.armoredPrivate);
  return {
    key: () => readSigningKey(bytes, { name: "mirror.key" }),
    keyDigest: key.fingerprint,
    ...(validFor === undefined ? {} : { validFor }),
  };
}

const open = (given: Partial<Filters> | undefined, spec: Partial<MirrorSpec> = {}) =>
  openMirror(theirs, [STABLE], {
    ...(given ? { filters: filters(given) } : {}),
    sign: signing(own),
    ...spec,
  });
const reader = { unpacker: createUnpacker() };

function latest(): SealedTree {
  const tree = mirror.collection.latest();
  if (!tree) throw new Error("no tree");
  return tree;
}
const read = (path: string) => readFileSync(join(latest().path, path));
const paths = () => [...latest().files()].map(({ path }) => path);
const inodes = () =>
  new Map(
    paths()
      .filter((path) => !path.includes("/upstream/"))
      .map((path) => [path, statSync(join(latest().path, path)).ino] as const),
  );

const judge = (options: { sources?: boolean } = {}) =>
  judgeMirror(latest().path, {
    keyring: own.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
    ...options,
  });

async function verify(keyring = theirs) {
  const bytes = keyring.binaryPublic;
  const read = await readKeyring([{ name: "k", bytes, named: true }]);
  return verifyTree(latest(), { level: "full", keyring: read, now: new Date(), ...reader });
}

describe("a sync that signs", () => {
  it("lists what it holds and nothing else, each package as upstream described it", async () => {
    mirror = await open(LIST, { sources: true });
    const report = await mirror.sync();
    expect(report).toMatchObject({ outcome: "changed", warnings: [] });
    const verdict = await judge({ sources: true });
    expect(verdict).toMatchObject({ violations: [], extra: [], verifier: "gpgv" });
    const found: string[] = [];
    for (const index of readTreeIndices(latest()))
      for await (const { name, version } of readTreePackages(latest(), index, ["amd64"], reader))
        found.push(`${name} ${version}`);
    expect(found.sort()).toEqual(["app 1.0", "app 1.0", "libapp 1.0", "libapp1 1.0+b1"]);
    const packages = await runTool("gzip", ["-dc", join(latest().path, INDEX)]);
    const upstream = await runTool("gzip", ["-dc", mirror.repository.path(INDEX)]);
    const stanzas = upstream.stdout.toString().split("\n\n");
    for (const stanza of packages.stdout.toString().trimEnd().split("\n\n"))
      expect(stanzas).toContain(stanza);
  });

  it("keeps what upstream calls the archive, and says nothing of how long it is valid", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const before = mirror.repository.path("dists/stable/Release");
    const field = (text: string, name: string) =>
      new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
    const [release, upstream] = [read("dists/stable/Release"), readFileSync(before)].map(String);
    for (const name of ["Origin", "Label", "Suite", "Codename", "Components"]) {
      expect(field(release ?? "", name), name).toBe(field(upstream ?? "", name));
    }
    expect(release).not.toMatch(/^(Valid-Until|Signed-By|MD5Sum|SHA1):/m);
    expect(latest().header().facts).toMatchObject({
      suites: [{ signedBy: [theirs.fingerprint], resigned: { by: own.fingerprint } }],
    });
  });

  it("keeps upstream's own Release, signature and indices for whoever wants to check", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const ring = join(mirror.dir, "ring.gpg");
    writeFileSync(ring, theirs.binaryPublic);
    const kept = join(latest().path, "dists/stable/upstream/InRelease");
    const { exitCode } = await runTool("gpgv", ["--keyring", ring, kept]);
    expect(exitCode).toBe(0);
    const [original] = paths().filter((path) => path.includes("/upstream/sha256/"));
    const sum = await runTool("sha256sum", [join(latest().path, original ?? "")]);
    expect(sum.stdout.toString().split(" ")[0]).toBe(original?.split("/").at(-1));
    expect(String(readFileSync(kept))).toContain(String(original?.split("/").at(-1)));
  });

  it("signs again only what has changed, and fetches no index twice", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    expect((await mirror.sync()).outcome).toBe("unchanged");
    const before = { inodes: inodes(), release: read("dists/stable/InRelease") };
    mirror.server.clear();
    mirror.spec = {
      filters: filters({ ...LIST, excludePatterns: ["^nothing$"] }),
      sign: signing(own),
    };
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", downloaded: { files: 0 } });
    expect(mirror.server.requests.map(({ path }) => path)).toEqual(["/dists/stable/InRelease"]);
    expect(read("dists/stable/InRelease").equals(before.release)).toBe(true);
    expect(inodes()).toEqual(before.inodes);
    mirror.spec = { filters: filters({ ...LIST, packageList: "lonely\n" }), sign: signing(own) };
    await mirror.sync();
    expect(read("dists/stable/InRelease").equals(before.release)).toBe(false);
    expect(await judge()).toMatchObject({ violations: [], extra: [] });
  });

  it("signs again once half of the time has passed, with a later Date", async () => {
    mirror = await open(LIST, { sign: signing(own, 10 * DAY) });
    await mirror.sync();
    const date = () =>
      Date.parse(/^Date: (.*)$/m.exec(String(read("dists/stable/Release")))?.[1] ?? "");
    const until = () =>
      Date.parse(/^Valid-Until: (.*)$/m.exec(String(read("dists/stable/Release")))?.[1] ?? "");
    const first = date();
    expect(until()).toBe(first + 10 * DAY);
    mirror.later = 4 * DAY;
    expect((await mirror.sync()).outcome).toBe("unchanged");
    mirror.later = 5 * DAY;
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(date()).toBeGreaterThanOrEqual(first + 5 * DAY);
    expect(until()).toBe(date() + 10 * DAY);
  });

  it("goes on from a Date that clients have seen, and forgets one of a time to come", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const date = () =>
      Date.parse(/^Date: (.*)$/m.exec(String(read("dists/stable/Release")))?.[1] ?? "");
    const first = date();
    // A clock some seconds behind: apt takes no Release that is older than the one it has.
    mirror.later = -5000;
    mirror.spec = { ...mirror.spec, sign: signing(own, 9 * DAY) };
    await mirror.sync();
    expect(date()).toBe(first + 1000);
    // A clock that was ahead: nobody has taken what it signed.
    mirror.later = 2 * DAY;
    mirror.spec = { ...mirror.spec, sign: signing(own, 8 * DAY) };
    await mirror.sync();
    expect(date()).toBeGreaterThan(first + DAY);
    mirror.later = 10_000;
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(date()).toBeLessThan(first + DAY);
    expect((await mirror.sync()).outcome).toBe("unchanged");
  });

  it("lists of a flat suite what its architectures select, and each file as it holds it", async () => {
    const more = { package: "other", version: "1", architecture: "arm64" };
    mirror = await openMirror(theirs, [{ suite: "flat/", packages: [...PACKAGES, more] }], {
      sign: signing(own),
    });
    await mirror.sync();
    const options = { keyring: own.binaryPublic, suites: ["flat/"] };
    expect(await judgeMirror(latest().path, options)).toMatchObject({ violations: [], files: 3 });
    expect(String(read("flat/Packages"))).not.toContain("arm64");
  });

  it("counts what upstream listed against what it lists, whatever filters did", async () => {
    const many = Array.from({ length: 30 }, (_, at) => ({ package: `p${at}`, version: "1" }));
    mirror = await openMirror(theirs, [{ suite: "stable", packages: many }], {
      filters: filters({ includePatterns: ["^p1"] }),
      sign: signing(own),
      maxShrink: 0.4,
    });
    await mirror.sync();
    await mirror.repository.publish({ suites: { stable: { packages: many.slice(10, 21) } } });
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^p"] }) };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_SHRUNK" });
  });

  it("tells clients of no form that does not unpack to the text", async () => {
    mirror = await open(LIST);
    mirror.packer = {
      compressions: ["gz", "xz"],
      async pack(_source, destination) {
        writeFileSync(destination, "truncated");
      },
    };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_NOT_PACKED" });
    expect(mirror.collection.latest()).toBeUndefined();
  });

  it("refuses a suite that lies where upstream's Release is kept, before it downloads", async () => {
    const inner = { ...STABLE, suite: "stable/upstream" };
    mirror = await openMirror(theirs, [STABLE, inner], { sign: signing(own) });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_CONFLICTING_FILE" });
    expect(mirror.server.requests.some(({ path }) => path.includes("Packages"))).toBe(false);
  });

  it("re-signs a mirror without filters with the indices as they are", async () => {
    mirror = await open(undefined);
    await mirror.sync();
    expect(await judge()).toMatchObject({ violations: [], extra: [] });
    expect(read(INDEX).equals(readFileSync(mirror.repository.path(INDEX)))).toBe(true);
    mirror.spec = {};
    mirror.server.clear();
    await mirror.sync();
    const release = "dists/stable/InRelease";
    expect(read(release).equals(readFileSync(mirror.repository.path(release)))).toBe(true);
    expect(paths().filter((path) => path.includes("/upstream/"))).toEqual([]);
    expect(mirror.server.requests.map(({ path }) => path)).toEqual(["/dists/stable/InRelease"]);
  });

  it("does not list what upstream lacks and the configuration lets be absent", async () => {
    mirror = await open(undefined, { ignoreMissing: ["pool/**/lonely*"] });
    rmSync(mirror.repository.path("pool/main/l/lonely/lonely_1_amd64.deb"));
    const report = await mirror.sync();
    expect(report.warnings).toMatchObject([{ code: "WARN_SYNC_FILE_MISSING" }]);
    expect(await judge()).toMatchObject({ violations: [], extra: [] });
    expect(await verify()).toMatchObject({ problems: [], warnings: [] });
  });

  it("lists nothing where nothing stays, and a flat repository as it lies", async () => {
    mirror = await openMirror(
      theirs,
      [
        { ...STABLE, suite: "stable" },
        { suite: "flat/", packages: PACKAGES },
      ],
      { filters: filters({ packageList: "lonely\n" }), sign: signing(own) },
    );
    await mirror.sync();
    const judged = { suites: ["stable", "flat/"], components: ["main"], architectures: ["amd64"] };
    const verdict = () => judgeMirror(latest().path, { keyring: own.binaryPublic, ...judged });
    expect(await verdict()).toMatchObject({ violations: [], extra: [], suites: 2 });
    expect(await verify()).toMatchObject({ problems: [], warnings: [] });
    mirror.spec = { ...mirror.spec, filters: filters({ includePatterns: ["^none$"] }) };
    await mirror.sync();
    expect(await verdict()).toMatchObject({ violations: [], extra: [], files: 0 });
  });

  it("lets explain say what of upstream's was left out, and by what", async () => {
    mirror = await open({ ...LIST, excludePatterns: ["^lonely$"] });
    await mirror.sync();
    const ask = (name: string) => explainPackage(latest(), mirror.fullSpec().filters, name, reader);
    expect(await ask("lonely")).toMatchObject({
      sameFilters: true,
      versions: [{ isIn: false, why: { kind: "filter", filter: "excludePatterns" } }],
    });
    expect(await ask("app")).toMatchObject({ versions: [{ isIn: true, why: { kind: "listed" } }] });
  });

  it("leaves the tree as it was when the key may not sign", async () => {
    mirror = await open(LIST);
    await mirror.sync();
    const before = latest().generation;
    const expired = await createKey({ created: new Date(Date.now() - DAY), expiresIn: 60 });
    mirror.spec = { ...mirror.spec, sign: signing(expired) };
    mirror.server.clear();
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_VERIFY_SIGNING_KEY_EXPIRED" });
    expect(latest().generation).toBe(before);
  });

  it("makes a tree that verification finds right, by upstream's key and its own", async () => {
    mirror = await open(LIST, { sources: true });
    await mirror.sync();
    expect(await verify()).toMatchObject({ problems: [], warnings: [] });
    const stranger = await createKey();
    const { problems, warnings } = await verify(stranger);
    expect(problems).toEqual([]);
    expect(warnings).toMatchObject([{ code: "WARN_SYNC_KEY_UNKNOWN" }]);
  });
});

const INDEX = "dists/stable/main/binary-amd64/Packages.gz";

describeNeeds(describe, ["apt-get", "apt-cache"], "apt, of a mirror that signs", () => {
  it("updates without a warning, and fetches every package and source that is listed", async () => {
    mirror = await open(LIST, { sources: true });
    await mirror.sync();
    const server = await serve(latest().path);
    onTestFinished(() => server.close());
    const directory = await temporaryDirectory();
    onTestFinished(() => directory.remove());
    const apt = await aptClient({
      root: directory.path,
      sources: `deb ${server.url} stable main\ndeb-src ${server.url} stable main\n`,
      keyring: own.binaryPublic,
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const { stdout } = await apt.run("apt-cache", ["pkgnames"]);
    expect(stdout.trim().split("\n").sort()).toEqual(["app", "libapp1"]);
    expect(await apt.download("app", "libapp1")).toMatchObject({ exitCode: 0, warnings: [] });
    expect(await apt.source("app", "libapp")).toMatchObject({ exitCode: 0 });
  });
});
