import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  buildDeb,
  createKey,
  fingerprintTree,
  judgeMirror,
  revokeKey,
  type TestKey,
} from "@mirror/testkit";
import { readKeyring, readSigningKey } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUnpacker, type MirrorSpec, verifyTree } from "../src/index.js";
import { filters } from "./candidates.js";
import { type Mirror, openMirror } from "./mirror.js";
import { PDIFFS, publishWithPatches } from "./pdiff-directory.js";

const OLD_DEB = "pool/main/w/wheezer/wheezer_1.0_amd64.deb";
const OTHER_DEB = "pool/main/x/xterm/xterm_1.0_amd64.deb";

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [
    { suite: "new", packages: [{ package: "hello", version: "1.0" }] },
    {
      suite: "old",
      architectures: ["amd64", "arm64"],
      contents: true,
      packages: [
        { package: "wheezer", version: "1.0" },
        { package: "xterm", version: "1.0" },
        { package: "xterm", version: "1.0", architecture: "arm64" },
      ],
    },
  ]);
});
afterEach(() => mirror.close());

const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
const shown = () => readlinkSync(latest());
const oldFile = (name: string) => latest("dists/old", name);
/** Everything below `dists/old` as it is in the tree. */
const oldTree = () =>
  Object.fromEntries(
    readdirSync(oldFile("."), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [
        path.slice(oldFile(".").length),
        `${statSync(path).mtimeMs} ${readFileSync(path, "latin1")}`,
      ]),
  );
const freeze = (more: Partial<MirrorSpec> = {}) => {
  mirror.spec = { frozen: ["old"], ...more };
};
const asked = () => mirror.server.requests.map(({ file }) => file);
const codes = (warnings: readonly { readonly code: string }[]) => warnings.map(({ code }) => code);

/** Upstream forgets the old suite: another Release, other packages, nothing that fits the tree. */
async function ruinOld() {
  await mirror.repository.publish({
    suites: {
      old: { packages: [{ package: "intruder", version: "9" }], validUntil: new Date(0) },
    },
  });
}
async function publishNew(version: string) {
  await mirror.repository.publish({
    suites: { new: { packages: [{ package: "hello", version }] } },
  });
}
async function verified(bytes: Uint8Array = key.binaryPublic) {
  const tree = mirror.collection.latest();
  if (!tree) throw new TypeError("no tree");
  const keyring = await readKeyring([{ name: "test.gpg", bytes, named: true }]);
  const options = { level: "full", keyring, now: new Date(), unpacker: createUnpacker() } as const;
  const { problems, warnings } = await verifyTree(tree, options);
  return [...codes(problems), ...codes(warnings)];
}
/** Settings that trust these keys, as if the keyring file had been changed. */
function trusting(bytes: Uint8Array, digest: string): Partial<MirrorSpec> {
  const keyring = () => readKeyring([{ name: "test.gpg", bytes, named: true }]);
  return { trust: { check: true, keyring, keyringDigest: digest, fingerprints: [] } };
}

describe("a frozen suite", () => {
  it("stays byte for byte while the others go on, and is not asked for", async () => {
    await mirror.sync();
    const before = oldTree();
    const inode = statSync(latest(OLD_DEB)).ino;
    freeze();
    await ruinOld();
    await publishNew("2.0");
    mirror.server.clear();
    const dry = await mirror.dryRun();
    const report = await mirror.sync();
    expect(report).toMatchObject({ outcome: "changed", warnings: [], packages: 3 });
    expect(report.suites.map(({ suite }) => suite)).toEqual(["new", "old"]);
    expect(dry.toDownload.files).toBe(report.downloaded.files);
    expect(asked().filter((file) => /old|wheezer|intruder/.test(file))).toEqual([]);
    expect(oldTree()).toEqual(before);
    expect(statSync(latest(OLD_DEB)).ino).toBe(inode);
    expect(await verified()).toEqual([]);
    const verdict = await judgeMirror(`${latest()}/`, {
      keyring: key.binaryPublic,
      suites: ["new", "old"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(verdict.violations).toEqual([]);
  });

  it("may be as old as it is: its Valid-Until fails nothing and makes no new trees", async () => {
    await mirror.repository.publish({
      suites: { old: { validUntil: new Date(Date.now() + 3_600_000) } },
    });
    await mirror.sync();
    mirror.later = 1000 * 24 * 3_600_000;
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_EXPIRED_RELEASE" });
    freeze();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    await publishNew("2.0");
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("that latest does not hold is refused by name, and nothing changes", async () => {
    mirror.spec = { suites: ["new"] };
    await mirror.sync();
    const before = await fingerprintTree(join(mirror.dir, "m"));
    freeze();
    const refusal = { code: "ERR_SYNC_FROZEN_NOT_HELD", facts: { suite: "old" } };
    await expect(mirror.sync()).rejects.toMatchObject(refusal);
    await expect(mirror.dryRun()).rejects.toMatchObject(refusal);
    expect(await fingerprintTree(join(mirror.dir, "m"))).toEqual(before);
    mirror.spec = {};
    await mirror.sync();
    freeze();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("is frozen and thawed without a new tree where nothing else changes", async () => {
    await mirror.sync();
    const before = shown();
    freeze();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    mirror.spec = {};
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    expect(shown()).toBe(before);
  });

  it("gets what the settings asked for meanwhile once it is thawed, and only then", async () => {
    await mirror.sync();
    freeze({ architectures: ["amd64", "arm64"] });
    const report = await mirror.sync();
    expect(report.outcome).toBe("changed");
    expect(new Set(codes(report.warnings))).toEqual(
      new Set(["WARN_SYNC_INDEX_MISSING", "WARN_SYNC_NOT_OFFERED"]),
    );
    expect(existsSync(oldFile("main/binary-arm64"))).toBe(false);
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    expect(await verified()).toEqual([]);
    mirror.spec = { architectures: ["amd64", "arm64"] };
    expect(await mirror.sync()).toMatchObject({ outcome: "changed" });
    expect(existsSync(oldFile("main/binary-arm64/Packages"))).toBe(true);
    expect(existsSync(latest("pool/main/x/xterm/xterm_1.0_arm64.deb"))).toBe(true);
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("loses what the settings do not ask for any more", async () => {
    await mirror.sync();
    freeze({ indices: { ...mirror.fullSpec().indices, contents: false } });
    await mirror.sync();
    expect(existsSync(oldFile("main/Contents-amd64.gz"))).toBe(false);
    expect(existsSync(oldFile("main/binary-amd64/Packages.gz"))).toBe(true);
  });

  it("is filtered as the others are, and asks for files alone where a filter lets in more", async () => {
    const filters = {
      excludePatterns: ["^x"],
      includePatterns: [],
      sections: [],
      priorities: [],
      keepVersions: 0,
      withDependencies: false,
      withRecommends: false,
    };
    await mirror.sync();
    freeze({ filters });
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", packages: 2 });
    expect([OLD_DEB, OTHER_DEB].map((path) => existsSync(latest(path)))).toEqual([true, false]);
    freeze();
    await mirror.sync();
    expect(existsSync(latest(OTHER_DEB))).toBe(true);
    expect(asked().filter((file) => /old|wheezer|xterm/.test(file))).toEqual([OTHER_DEB]);
    expect(await verified()).toEqual([]);
  });

  it("has a damaged package fetched again by its hash", async () => {
    await mirror.sync();
    freeze();
    const right = readFileSync(latest(OLD_DEB));
    writeFileSync(latest(OLD_DEB), "damaged");
    await publishNew("2.0");
    mirror.server.clear();
    await mirror.sync();
    expect(readFileSync(latest(OLD_DEB)).equals(right)).toBe(true);
    expect(asked().filter((file) => /old|wheezer|xterm/.test(file))).toEqual([OLD_DEB]);
    rmSync(latest(OLD_DEB));
    await ruinOld();
    await publishNew("3.0");
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_MISSING_FILE" });
  });

  it.each([
    "InRelease",
    "Release",
    "Release.gpg",
    "main/binary-amd64/Packages.xz",
    "main/Contents-amd64.gz",
  ])("whose %s is not as the manifest says is refused, and upstream is not asked", async (name) => {
    await mirror.sync();
    freeze();
    const before = shown();
    const { mtime } = statSync(oldFile(name));
    truncateSync(oldFile(name), 5);
    utimesSync(oldFile(name), mtime, mtime);
    await publishNew("2.0");
    mirror.server.clear();
    const error = await mirror.sync().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SYNC_FROZEN_DAMAGED", facts: { suite: "old" } });
    expect(String(error)).toContain(name);
    expect(asked().filter((file) => file.includes("old"))).toEqual([]);
    expect(shown()).toBe(before);
    mirror.spec = {};
    await mirror.sync();
    expect(await verified()).toEqual([]);
  });

  it("whose Release has become a pipe holds nothing up", async () => {
    await mirror.sync();
    freeze();
    rmSync(oldFile("InRelease"));
    execFileSync("mkfifo", [oldFile("InRelease")]);
    await publishNew("2.0");
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_FROZEN_DAMAGED" });
  });

  it("is not asked about when another suite has moved in mid-sync", async () => {
    await mirror.sync();
    freeze();
    await publishNew("2.0");
    mirror.server.clear();
    const swap = () => publishNew("3.0");
    mirror.server.fault(/hello_2/, { kind: "swap", before: swap }, "once");
    await mirror.sync();
    expect(existsSync(latest("pool/main/h/hello/hello_3.0_amd64.deb"))).toBe(true);
    expect(mirror.events.some(({ type }) => type === "restarted")).toBe(true);
    expect(asked().filter((file) => file.includes("old"))).toEqual([]);
  });

  it("that is thawed still refuses to go back, and counts the time anew", async () => {
    await mirror.sync();
    const first = readFileSync(mirror.repository.suitePath("old", "InRelease"));
    await mirror.repository.publish({ suites: { old: {} } });
    await mirror.sync();
    for (const name of ["Release", "Release.gpg"]) rmSync(mirror.repository.suitePath("old", name));
    writeFileSync(mirror.repository.suitePath("old", "InRelease"), first);
    expect(codes((await mirror.sync()).warnings)).toEqual(["WARN_SYNC_ROLLBACK"]);
    freeze();
    expect(await mirror.sync()).toMatchObject({ warnings: [] });
    mirror.later = 48 * 3_600_000;
    mirror.spec = {};
    expect(codes((await mirror.sync()).warnings)).toEqual(["WARN_SYNC_ROLLBACK"]);
    mirror.later += 24 * 3_600_000;
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_ROLLBACK" });
  });

  it("keeps its installer", async () => {
    mirror.spec = { indices: { ...mirror.fullSpec().indices, installer: true } };
    const images = "main/installer-amd64/current/images";
    const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    await mirror.repository.publish({
      suites: { old: { verbatim: { [`${images}/SHA256SUMS`]: `${sha256}  ./linux\n` } } },
    });
    writeFileSync(mirror.repository.suitePath("old", images, "linux"), "hello");
    await mirror.sync();
    const before = oldTree();
    expect(existsSync(oldFile(`${images}/linux`))).toBe(true);
    mirror.spec = { ...mirror.spec, frozen: ["old"] };
    await publishNew("2.0");
    mirror.server.clear();
    await mirror.sync();
    expect(oldTree()).toEqual(before);
    expect(asked().filter((file) => file.includes("old"))).toEqual([]);
  });
});

describe("a mirror whose suites are all frozen", () => {
  it("makes no request at all", async () => {
    await mirror.sync();
    mirror.spec = { frozen: ["new", "old"] };
    await mirror.server.close();
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged", warnings: [] });
    expect(await mirror.dryRun()).toMatchObject({ toDownload: { files: 0 } });
    // Not even for a new tree.
    mirror.spec = { ...mirror.spec, byHash: "no" };
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(existsSync(oldFile("main/binary-amd64/by-hash"))).toBe(false);
    expect(await verified()).toEqual([]);
    expect(mirror.server.requests).toEqual([]);
  });
});

describe("the signature of a frozen suite", () => {
  const cases: [string, string, () => Promise<Uint8Array>][] = [
    ["removed", "WARN_SYNC_KEY_UNKNOWN", async () => (await createKey()).binaryPublic],
    ["revoked", "WARN_SYNC_KEY_REVOKED", async () => (await revokeKey(key)).binaryPublic],
  ];
  it.each(cases)("whose key was %s is a warning", async (_, code, keyring) => {
    await mirror.sync();
    const facts = mirror.collection.latest()?.header().facts as { suites: object[] };
    freeze({ suites: ["old"], ...trusting(await keyring(), "changed") });
    const report = await mirror.sync();
    expect(report.outcome).toBe("changed");
    expect(codes(report.warnings)).toEqual([code]);
    expect(report.suites).toMatchObject([{ suite: "old", signedBy: [key.fingerprint] }]);
    const carried = mirror.collection.latest()?.header().facts as { suites: object[] };
    const {
      verified: then,
      documents,
      upstream,
    } = (facts.suites[1] ?? {}) as Record<string, unknown>;
    expect(carried.suites[0]).toMatchObject({ verified: then, documents, upstream });
    expect(await verified(await keyring())).toContain(code);
  });

  it("whose key has expired since is a warning", async () => {
    const brief = await createKey({ expiresIn: 3600 });
    await mirror.close();
    mirror = await openMirror(brief, [
      { suite: "old", packages: [{ package: "wheezer", version: "1.0" }] },
    ]);
    await mirror.sync();
    mirror.later = 2 * 3_600_000;
    mirror.spec = { frozen: ["old"], byHash: "no" };
    expect(codes((await mirror.sync()).warnings)).toEqual(["WARN_SYNC_KEY_EXPIRED"]);
  });

  it("that was never checked must be good once it is", async () => {
    mirror.spec = { trust: { check: false } };
    await mirror.sync();
    freeze(trusting((await createKey()).binaryPublic, "other"));
    mirror.spec = { ...mirror.spec, suites: ["old"] };
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_VERIFY_UNKNOWN_KEY" });
    freeze({ suites: ["old"] });
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(await verified()).toEqual([]);
  });

  it("that was good stays on record where nothing is checked any more", async () => {
    await mirror.sync();
    freeze({ suites: ["old"], trust: { check: false } });
    const report = await mirror.sync();
    expect(codes(report.warnings)).toEqual(["WARN_SYNC_UNVERIFIED"]);
    expect(report.suites).toMatchObject([{ signedBy: [key.fingerprint] }]);
    expect(await verified()).toEqual([]);
  });
});

describe("a frozen suite of a mirror that signs", () => {
  it("is signed anew as the others are, and what upstream signed stays beside it", async () => {
    const own = await createKey({ userId: "Our Mirror <mirror@example.org>" });
    const bytes = Buffer.from(own.armoredPrivate);
    const sign = (validFor: number) => ({
      key: () => readSigningKey(bytes, { name: "mirror.key" }),
      keyDigest: own.fingerprint,
      validFor,
    });
    const signing = {
      sign: sign(48 * 3_600_000),
      filters: filters({ excludePatterns: ["^x"] }),
    };
    await mirror.sync();
    freeze(signing);
    await ruinOld();
    await publishNew("2.0");
    mirror.server.clear();
    const judged = {
      keyring: own.binaryPublic,
      suites: ["new", "old"],
      components: ["main"],
      architectures: ["amd64"],
    };
    // Signs for the first time, signs again as time passes, and publishes upstream's own once more.
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", packages: 2, warnings: [] });
    expect((await judgeMirror(`${latest()}/`, judged)).violations).toEqual([]);
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    mirror.later = 36 * 3_600_000;
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect((await judgeMirror(`${latest()}/`, judged)).violations).toEqual([]);
    freeze(trusting((await createKey()).binaryPublic, "changed"));
    mirror.spec = { ...mirror.spec, ...signing, suites: ["old"] };
    const { warnings, suites } = await mirror.sync();
    expect(codes(warnings)).toEqual(["WARN_SYNC_KEY_UNKNOWN"]);
    expect(suites).toMatchObject([{ signedBy: [key.fingerprint] }]);
    freeze({ filters: signing.filters });
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(await verified()).toEqual([]);
    expect(existsSync(oldFile("upstream"))).toBe(false);
    expect(asked().filter((file) => file.includes("old"))).toEqual([]);
  });

  it("is refused where what upstream signed is damaged", async () => {
    const own = await createKey();
    const bytes = Buffer.from(own.armoredPrivate);
    const key = () => readSigningKey(bytes, { name: "mirror.key" });
    const signing = {
      sign: { key, keyDigest: own.fingerprint },
      filters: filters({ excludePatterns: ["^x"] }),
    };
    mirror.spec = signing;
    await mirror.sync();
    freeze(signing);
    const originals = oldFile("upstream/sha256");
    const [original = ""] = readdirSync(originals);
    writeFileSync(join(originals, original), "");
    await publishNew("2.0");
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_FROZEN_DAMAGED" });
    mirror.spec = signing;
    await mirror.sync();
    freeze(signing);
    writeFileSync(oldFile("upstream/InRelease"), "");
    await publishNew("3.0");
    const error = await mirror.sync().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SYNC_FROZEN_DAMAGED" });
    expect(String(error)).toContain("dists/old/upstream/InRelease");
  });
});

describe("a frozen suite of another form", () => {
  it.each(["url", "suite"] as const)(
    "stays: flat, with names relative to the %s",
    async (filenames) => {
      await mirror.close();
      mirror = await openMirror(
        key,
        [
          {
            suite: "flat/",
            filenames,
            packages: ["a", "b", "c"].map((name) => ({ package: name, version: "1" })),
          },
        ],
        { components: [] },
      );
      await mirror.sync();
      const files = await fingerprintTree(latest("."));
      const filters = {
        excludePatterns: ["^a$"],
        includePatterns: [],
        sections: [],
        priorities: [],
        keepVersions: 0,
        withDependencies: false,
        withRecommends: false,
      };
      mirror.server.clear();
      for (const spec of [{ filters }, { filters: { ...filters, excludePatterns: ["^[ab]$"] } }]) {
        mirror.spec = { components: [], frozen: ["flat/"], ...spec };
        expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
      }
      expect(asked()).toEqual([]);
      const now = await fingerprintTree(latest("."));
      const isKept = (path: string) => /\.deb$|Packages/.test(path);
      for (const path of [...now.keys()].filter(isKept))
        expect([path, now.get(path)]).toEqual([path, files.get(path)]);
      expect([...now.keys()].filter((path) => path.endsWith(".deb"))).toHaveLength(1);
    },
  );

  it("stays: listed by SHA512 alone", async () => {
    await mirror.close();
    const deb = { package: "wheezer", version: "1.0" };
    const SHA512 = createHash("sha512")
      .update(await buildDeb(deb))
      .digest("hex");
    const entry = { SHA256: undefined, SHA512 };
    mirror = await openMirror(key, [
      { suite: "old", hashes: ["SHA512"], packages: [{ ...deb, entry }] },
    ]);
    await mirror.sync();
    const before = oldTree();
    const { ino } = statSync(latest(OLD_DEB));
    freeze({ ignoreMissing: ["nothing"] });
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(oldTree()).toEqual(before);
    expect(statSync(latest(OLD_DEB)).ino).toBe(ino);
    expect(asked()).toEqual([]);
    writeFileSync(latest(OLD_DEB), Buffer.alloc(statSync(latest(OLD_DEB)).size));
    freeze({ ignoreMissing: ["nothing at all"] });
    await mirror.sync();
    expect(asked()).toEqual([OLD_DEB]);
    expect(await verified()).toEqual([]);
  });

  it("stays: with index differences", async () => {
    await mirror.close();
    const packages = [{ package: "hello", version: "1.0" }];
    mirror = await openMirror(key, [{ suite: "stable", packages }]);
    mirror.spec = { indices: { ...mirror.fullSpec().indices, pdiffs: true } };
    await publishWithPatches(mirror.repository, [], { add: [{ package: "more", version: "1" }] });
    await mirror.sync();
    const patches = () => readdirSync(latest("dists/stable", PDIFFS)).sort();
    const before = patches();
    expect(before.length).toBeGreaterThan(2);
    mirror.spec = { ...mirror.spec, frozen: ["stable"], ignoreMissing: ["nothing"] };
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    expect(patches()).toEqual(before);
    expect(asked()).toEqual([]);
  });

  it("stays: with Release and Release.gpg alone, the signature armored anew", async () => {
    await mirror.close();
    mirror = await openMirror(key, [
      {
        suite: "old",
        forms: ["Release", "Release.gpg"],
        binarySignature: true,
        packages: [{ package: "wheezer", version: "1.0" }],
      },
    ]);
    await mirror.sync();
    const before = oldTree();
    mirror.spec = { frozen: ["old"], byHash: "no" };
    mirror.server.clear();
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    const names = ["Release", "Release.gpg"];
    const now = oldTree();
    for (const name of names) expect([name, now[`/${name}`]]).toEqual([name, before[`/${name}`]]);
    expect(asked()).toEqual([]);
    expect(await verified()).toEqual([]);
    mirror.spec = { byHash: "no" };
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });
});
