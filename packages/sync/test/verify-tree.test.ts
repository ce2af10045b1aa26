import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import {
  clearsign,
  createKey,
  detachSign,
  fingerprintTree,
  keyringOf,
  revokeKey,
  type TestKey,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createUnpacker,
  type TreeVerification,
  type VerifyProgress,
  type VerifyTreeOptions,
  verifyTree,
} from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";

const DEB = "pool/main/h/hello/hello_1.0_amd64.deb";
const SUITE = "dists/stable";
const PACKAGES = `${SUITE}/main/binary-amd64/Packages`;
const STABLE = {
  suite: "stable",
  packages: [
    { package: "hello", version: "1.0", payload: 5000 },
    { package: "data", version: "1.0", architecture: "all" },
  ],
  sources: [{ package: "hello", version: "1.0" }],
  translations: true,
  contents: true,
};

let key: TestKey;
let other: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
  other = await createKey({ userId: "Another <another@example.org>" });
});
beforeEach(async () => {
  mirror = await openMirror(key, [STABLE], { sources: true });
  await mirror.sync();
});
afterEach(() => mirror.close());

function sealed(): SealedTree {
  const tree = mirror.collection.latest();
  if (!tree) throw new Error("latest shows nothing");
  return tree;
}

const file = (path: string) => join(sealed().path, path);
const keyring = (...keys: TestKey[]) =>
  readKeyring([{ name: "test.gpg", bytes: keyringOf(keys), named: true }]);

async function verify(
  level: "quick" | "full" = "quick",
  options: Partial<VerifyTreeOptions> = {},
): Promise<TreeVerification> {
  return verifyTree(sealed(), {
    level,
    keyring: await keyring(key),
    now: new Date(),
    unpacker: createUnpacker(),
    ...options,
  });
}

const codes = ({ problems }: TreeVerification) =>
  [...new Set(problems.map(({ code, path }) => `${code} ${path}`))].sort();
const warned = ({ warnings }: TreeVerification) => warnings.map(({ code }) => code);

/** Another content of the same size, with the same times: as a disk does it. */
function rot(path: string): void {
  const { atime, mtime } = lstatSync(path);
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

/** Another file under that name, so that links to the old one keep what they had. */
function replace(path: string, bytes: Uint8Array | string): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

describe("a sound tree", () => {
  it.each([
    ["EIO", "ERR_SYNC_TREE_UNREADABLE"],
    ["EMFILE", undefined],
  ])(
    "whose files cannot be opened for %s is judged for what is the fault of files alone",
    async (code, fault) => {
      const digester = {
        digest: () => Promise.reject(Object.assign(new Error(code), { code })),
        [Symbol.dispose]: () => {},
      };
      const told = verify("full", { digester });
      if (fault === undefined) await expect(told).rejects.toMatchObject({ code });
      else expect((await told).problems).toContainEqual(expect.objectContaining({ code: fault }));
    },
  );

  it.each(["quick", "full"] as const)("has no problem by %s", async (level) => {
    const told: VerifyProgress[] = [];
    const result = await verify(level, { onProgress: (progress) => told.push(progress) });
    const { files, bytes } = sealed().header();
    expect(result).toMatchObject({ level, problems: [], warnings: [], files, bytes });
    expect(result.groups).toEqual([
      { suite: "stable", component: "main", architecture: "amd64", packages: 2 },
      { suite: "stable", component: "main", architecture: "source", packages: 1 },
    ]);
    expect(told.at(-1)?.done).toEqual({ files, bytes: level === "full" ? bytes : 0 });
    expect(told.at(-1)?.done).toEqual(told.at(-1)?.work);
  });

  it("is judged by its own manifest, whatever is configured now", async () => {
    mirror.spec = { architectures: ["arm64"], components: ["x"], suites: ["other"] };
    expect((await verify("full")).problems).toEqual([]);
  });

  it("may lack what ignore_missing allowed to be absent, and nothing else", async () => {
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "lost", version: "1", absent: true }] } },
    });
    mirror.spec = { sources: true, ignoreMissing: ["**/lost_*"] };
    await mirror.sync();
    expect((await verify("full")).problems).toEqual([]);
    const facts = { ...(sealed().header().facts as object), ignoredMissing: [] };
    const tree = sealed();
    const header = () => ({ ...tree.header(), facts });
    const options = { level: "quick", now: new Date(), unpacker: createUnpacker() } as const;
    const result = await verifyTree({ ...tree, header }, options);
    expect(codes(result)).toEqual([
      "ERR_SYNC_TREE_NOT_IN_MANIFEST pool/main/l/lost/lost_1_amd64.deb",
    ]);
  });

  it.each(["url", "suite"] as const)(
    "may be a flat repository, its files relative to the %s, of some architectures",
    async (filenames) => {
      await mirror.close();
      const packages = ["amd64", "arm64"].map((architecture) => ({
        package: "f",
        version: "1",
        architecture,
      }));
      mirror = await openMirror(key, [{ suite: "sub/", packages, filenames }], { components: [] });
      await mirror.sync();
      const result = await verify("full");
      expect(result.problems).toEqual([]);
      expect(result.groups).toMatchObject([{ suite: "sub/", packages: 1 }]);
      const [deb = ""] = [...sealed().files()]
        .map(({ path }) => path)
        .filter((p) => /deb$/.test(p));
      unlinkSync(file(deb));
      expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_MISSING_FILE ${deb}`]);
    },
  );

  it("may have a Release that lists itself, and a suite below, as they were before", async () => {
    await mirror.close();
    const packages = [{ package: "f", version: "1" }];
    const suites = [
      { suite: "./", packages },
      { suite: "sub/", packages },
    ];
    mirror = await openMirror(key, suites, { components: [] });
    const lines = [
      "./Release",
      "InRelease",
      "sub/Release",
      "sub/Packages",
      "sub/Packages.diff/Index",
    ].map((path) => ` ${"0".repeat(64)} 1 ${path}\n`);
    await mirror.repository.rewriteRelease("./", (text) => `${text.trimEnd()}\n${lines.join("")}`);
    await mirror.sync();
    expect(await verify("full")).toMatchObject({ problems: [], warnings: [] });
  });

  it("may have Release and Release.gpg alone, or InRelease alone", async () => {
    for (const forms of [["Release", "Release.gpg"], ["InRelease"]] as const) {
      await mirror.repository.publish({ suites: { stable: { forms } } });
      await mirror.sync();
      expect(await verify("full")).toMatchObject({ problems: [], warnings: [] });
      const path = `${SUITE}/${forms[0]}`;
      rot(file(path));
      expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_WRONG_CONTENT ${path}`]);
      rot(file(path));
    }
  });
});

describe("damage to a file", () => {
  it.each(["quick", "full"] as const)(
    "or a directory that clients cannot read is found by %s",
    async (level) => {
      const modes: [path: string, mode: number, expected: string, found: string][] = [
        ["", 0o750, "0755", "0750"],
        ["pool/main", 0o754, "0755", "0754"],
        [DEB, 0o000, "0644", "0000"],
        [`${SUITE}/InRelease`, 0o640, "0644", "0640"],
      ];
      for (const [path, mode] of modes) chmodSync(file(path), mode);
      const { problems } = await verify(level);
      const told = problems.filter(({ code }) => code === "ERR_SYNC_TREE_UNREADABLE");
      const wanted = modes.map(([path, , expected, found]) => ({ path, expected, found }));
      expect(told).toHaveLength(modes.length);
      expect(told).toEqual(
        expect.arrayContaining(wanted.map((one) => expect.objectContaining(one))),
      );
      for (const [path, , expected] of modes) chmodSync(file(path), Number.parseInt(expected, 8));
      chmodSync(file(`${SUITE}/Release`), 0o4775);
      expect((await verify(level)).problems).toEqual([]);
    },
  );

  it.each(["quick", "full"] as const)(
    "is found by %s where it shows without hashing",
    async (level) => {
      const data = "pool/main/d/data/data_1.0_all.deb";
      const [source = ""] = readdirSync(file("pool/main/h/hello")).filter((n) =>
        n.endsWith(".dsc"),
      );
      const dsc = `pool/main/h/hello/${source}`;
      unlinkSync(file(DEB));
      chmodSync(file(data), 0o644);
      truncateSync(file(data), 10);
      const hidden = join(mirror.dir, "hidden");
      renameSync(file(dsc), hidden);
      symlinkSync(hidden, file(dsc));
      const result = await verify(level);
      expect(codes(result)).toEqual([
        `ERR_SYNC_TREE_MISSING_FILE ${DEB}`,
        `ERR_SYNC_TREE_NOT_A_FILE ${dsc}`,
        `ERR_SYNC_TREE_WRONG_SIZE ${data}`,
      ]);
      expect(result.problems.find(({ path }) => path === data)).toMatchObject({ found: "10" });
    },
  );

  it("that keeps size and time is found by full alone", async () => {
    rot(file(DEB));
    expect(codes(await verify("quick"))).toEqual([]);
    const result = await verify("full");
    expect(codes(result)).toEqual([`ERR_SYNC_TREE_WRONG_CONTENT ${DEB}`]);
    const recorded = [...sealed().files()].find(({ path }) => path === DEB)?.sha256;
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]?.expected).toBe(recorded);
  });

  it("by one bit is found by full in whatever file it is", async () => {
    const paths = [...sealed().files()].map(({ path }) => path);
    for (const path of paths) {
      rot(file(path));
      const { problems } = await verify("full");
      expect(problems.map((problem) => problem.path)).toContain(path);
      rot(file(path));
    }
    expect((await verify("full")).problems).toEqual([]);
  });

  it("may be a directory in its place, or a symlink in the place of a directory", async () => {
    unlinkSync(file(DEB));
    mkdirSync(file(DEB));
    expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_NOT_A_FILE ${DEB}`]);
    const pool = file("pool/main/d");
    const outside = join(mirror.dir, "outside");
    renameSync(pool, outside);
    symlinkSync(outside, pool);
    expect(codes(await verify("full"))).toEqual([
      "ERR_SYNC_TREE_NOT_A_FILE pool/main/d/data/data_1.0_all.deb",
      `ERR_SYNC_TREE_NOT_A_FILE ${DEB}`,
    ]);
  });

  it("that takes a whole directory is told file by file", async () => {
    rmSync(file("pool"), { recursive: true });
    const result = await verify("full");
    const gone = [...sealed().files()].filter(({ path }) => path.startsWith("pool/"));
    expect(codes(result)).toEqual(gone.map(({ path }) => `ERR_SYNC_TREE_MISSING_FILE ${path}`));
    // What the indices list is known all the same.
    expect(result.groups).toHaveLength(2);
  });

  it("an extra file is a warning, and an extra directory one, not what it holds", async () => {
    writeFileSync(file("pool/main/h/hello/extra.deb"), "x");
    mkdirSync(file("new/below"), { recursive: true });
    writeFileSync(file("new/below/a"), "x");
    const result = await verify("full");
    expect(result.problems).toEqual([]);
    expect(result.warnings.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      "WARN_SYNC_EXTRA_FILE new",
      "WARN_SYNC_EXTRA_FILE pool/main/h/hello/extra.deb",
    ]);
  });
});

describe("damage to the metadata", () => {
  it("an index with another content of the same size is found by quick", async () => {
    rot(file(`${PACKAGES}.gz`));
    expect(codes(await verify())).toContain(`ERR_SYNC_TREE_WRONG_CONTENT ${PACKAGES}.gz`);
    // Another form of it says what it lists.
    expect((await verify()).groups).toHaveLength(2);
  });

  it("an index replaced by a right one of another day is found, with its by-hash copies intact", async () => {
    const before = readFileSync(file(`${PACKAGES}.gz`));
    replace(file(`${PACKAGES}.gz`), Buffer.concat([before.subarray(0, -1), Buffer.from("!")]));
    expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_WRONG_CONTENT ${PACKAGES}.gz`]);
  });

  it("a by-hash copy with another content is found by quick", async () => {
    const { sha256 } = [...sealed().files()].find(({ path }) => path === PACKAGES) ?? {};
    const copy = `${dirname(PACKAGES)}/by-hash/SHA256/${sha256}`;
    const bytes = readFileSync(file(copy));
    replace(file(copy), Buffer.from(bytes.map((byte) => byte ^ 1)));
    expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_WRONG_CONTENT ${copy}`]);
  });

  it("every damaged form of an index leaves its list unread and unguessed", async () => {
    for (const name of readdirSync(file(dirname(PACKAGES)))) {
      if (name.startsWith("Packages")) rot(file(`${dirname(PACKAGES)}/${name}`));
    }
    const { groups } = await verify();
    expect(groups.map(({ architecture }) => architecture)).toEqual(["source"]);
  });

  it("a Release that was swapped for another good one is found", async () => {
    const before = sealed();
    const old = readFileSync(file(`${SUITE}/InRelease`));
    await mirror.repository.publish();
    await mirror.sync();
    expect(sealed().generation).not.toBe(before.generation);
    expect(old.length).toBe(lstatSync(file(`${SUITE}/InRelease`)).size);
    replace(file(`${SUITE}/InRelease`), old);
    expect(codes(await verify())).toEqual([`ERR_SYNC_TREE_WRONG_CONTENT ${SUITE}/InRelease`]);
  });

  it("a Release signed by somebody else is not read", async () => {
    const text = readFileSync(file(`${SUITE}/Release`), "utf8");
    replace(file(`${SUITE}/InRelease`), await clearsign(text, [other]));
    for (const name of ["Release", "Release.gpg"]) unlinkSync(file(`${SUITE}/${name}`));
    const result = await verify();
    expect(result.groups).toEqual([]);
    expect(codes(result)).toHaveLength(3);
  });

  it("a manifest that was cut, or that says nothing, is a problem of the tree", async () => {
    const { manifestPath } = sealed();
    const lines = readFileSync(manifestPath, "utf8").split("\n");
    chmodSync(manifestPath, 0o644);
    writeFileSync(manifestPath, `${lines.slice(0, -3).join("\n")}\n`);
    expect(codes(await verify())).toEqual(["ERR_SNAPSHOT_BAD_MANIFEST "]);
    const tree = sealed();
    writeFileSync(manifestPath, lines.join("\n"));
    const header = () => ({ ...tree.header(), facts: null });
    const options = { level: "full", now: new Date(), unpacker: createUnpacker() } as const;
    rot(file(DEB));
    expect(codes(await verifyTree({ ...tree, header }, options))).toEqual([
      "ERR_SYNC_TREE_NO_FACTS ",
      `ERR_SYNC_TREE_WRONG_CONTENT ${DEB}`,
    ]);
  });

  it("a manifest that holds something else than the Release lists is no proof", async () => {
    const tree = sealed();
    const bytes = "Package: evil\nVersion: 1\n";
    replace(file(PACKAGES), bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const lie = { path: PACKAGES, size: bytes.length, sha256 };
    const files = () =>
      [...tree.files()].map((one) => (one.path === PACKAGES ? { ...one, ...lie } : one));
    const result = await verifyTree(
      { ...tree, files },
      { level: "full", keyring: await keyring(key), now: new Date(), unpacker: createUnpacker() },
    );
    expect(codes(result)).toEqual([`ERR_SYNC_TREE_NOT_AS_LISTED ${PACKAGES}`]);
    const hello = { path: DEB, size: 1, sha256 };
    const other = () =>
      [...tree.files()].map((one) => (one.path === DEB ? { ...one, ...hello } : one));
    replace(file(PACKAGES), "");
    expect(
      codes(
        await verifyTree(
          { ...tree, files: other },
          {
            level: "quick",
            keyring: await keyring(key),
            now: new Date(),
            unpacker: createUnpacker(),
          },
        ),
      ),
    ).toEqual([
      `ERR_SYNC_TREE_NOT_AS_LISTED ${DEB}`,
      `ERR_SYNC_TREE_WRONG_SIZE ${PACKAGES}`,
      `ERR_SYNC_TREE_WRONG_SIZE ${DEB}`,
    ]);
  });
});

/** A tree whose manifest and facts record what lies there now: somebody could write both. */
function recordedAnew(...paths: string[]): SealedTree {
  const tree = sealed();
  const now = new Map(
    paths.map((path) => {
      const bytes = readFileSync(file(path));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return [path, { size: bytes.length, sha256 }];
    }),
  );
  const facts = tree.header().facts as { suites: { documents: Record<string, string> }[] };
  const suites = facts.suites.map((suite) => ({
    ...suite,
    documents: Object.fromEntries(
      Object.entries(suite.documents).map(([name, sha256]) => [
        name,
        now.get(`${SUITE}/${name}`)?.sha256 ?? sha256,
      ]),
    ),
  }));
  return {
    ...tree,
    header: () => ({ ...tree.header(), facts: { ...facts, suites } }),
    files: () => [...tree.files()].map((one) => ({ ...one, ...now.get(one.path) })),
  };
}

describe("Release files that the manifest knows, and nobody signed", () => {
  const options = async () => ({
    level: "quick" as const,
    keyring: await keyring(key),
    now: new Date(),
    unpacker: createUnpacker(),
  });

  it("are not read: a signature that does not fit is a problem", async () => {
    for (const name of ["InRelease", "Release"]) {
      const text = readFileSync(file(`${SUITE}/${name}`), "utf8");
      replace(file(`${SUITE}/${name}`), text.replace(/^Suite: .*$/m, "Suite: other"));
    }
    const tree = recordedAnew(`${SUITE}/InRelease`, `${SUITE}/Release`);
    const result = await verifyTree(tree, await options());
    expect(codes(result)).toEqual([
      `ERR_VERIFY_BAD_SIGNATURE ${SUITE}/InRelease`,
      `ERR_VERIFY_BAD_SIGNATURE ${SUITE}/Release.gpg`,
    ]);
    expect(result.groups).toEqual([]);
  });

  it("are found where Release says something else than InRelease", async () => {
    const path = `${SUITE}/Release`;
    const text = readFileSync(file(path), "utf8").replace(/^Suite: .*$/m, "Suite: other");
    replace(file(path), text);
    replace(file(`${path}.gpg`), await detachSign(text, [key]));
    const tree = recordedAnew(path, `${path}.gpg`);
    expect(codes(await verifyTree(tree, await options()))).toEqual([
      `ERR_SYNC_TREE_RELEASES_DIFFER ${path}`,
    ]);
  });
});

describe("a snapshot", () => {
  it("is verified as the tree that it was taken of", async () => {
    const { collection } = mirror;
    const lock = await collection.lock("store", { command: "test", since: new Date() });
    try {
      await collection.createSnapshot({ name: "one", created: new Date() });
    } finally {
      lock.release();
    }
    const snapshot = collection.snapshot("one");
    if (!snapshot) throw new Error("no snapshot");
    const options = { keyring: await keyring(key), now: new Date(), unpacker: createUnpacker() };
    const result = await verifyTree(snapshot, { level: "full", ...options });
    expect(result).toMatchObject({ problems: [], warnings: [] });
    expect(result.groups).toHaveLength(2);
  });
});

describe("keys and times", () => {
  it("a key that left the keyring, was revoked or counts no longer is a warning", async () => {
    const fingerprints = [other.fingerprint];
    for (const [options, code] of [
      [{ keyring: await keyring(other) }, "WARN_SYNC_KEY_UNKNOWN"],
      [{ keyring: await keyring(await revokeKey(key)) }, "WARN_SYNC_KEY_REVOKED"],
      [{ fingerprints }, "WARN_SYNC_KEY_REFUSED"],
      [{ keyring: undefined }, "WARN_SYNC_UNVERIFIED"],
    ] as const) {
      const result = await verify("quick", options);
      expect([code, codes(result), warned(result)]).toEqual([code, [], [code]]);
      expect(result.groups).toHaveLength(2);
    }
  });

  it("an expired key is a warning", async () => {
    await mirror.close();
    const short = await createKey({ expiresIn: 3600 });
    mirror = await openMirror(short, [STABLE]);
    await mirror.sync();
    const options = { keyring: await keyring(short), now: new Date(Date.now() + 7_200_000) };
    expect(warned(await verify("quick", { keyring: options.keyring }))).toEqual([]);
    expect(await verify("quick", options)).toMatchObject({
      problems: [],
      warnings: [{ code: "WARN_SYNC_KEY_EXPIRED" }],
    });
  });

  it("a damaged Release is a problem whatever became of its key", async () => {
    rot(file(`${SUITE}/InRelease`));
    rot(file(`${SUITE}/Release`));
    const result = await verify("quick", { keyring: await keyring(other) });
    expect(codes(result)).toEqual([
      `ERR_SYNC_TREE_WRONG_CONTENT ${SUITE}/InRelease`,
      `ERR_SYNC_TREE_WRONG_CONTENT ${SUITE}/Release`,
    ]);
    expect(result.groups).toEqual([]);
  });

  it("a Valid-Until that has passed is a warning", async () => {
    const validUntil = new Date(Date.now() + 3_600_000);
    await mirror.repository.publish({ suites: { stable: { validUntil } } });
    await mirror.sync();
    expect(warned(await verify())).toEqual([]);
    const later = await verify("quick", { now: new Date(Date.now() + 7_200_000) });
    expect(later).toMatchObject({
      problems: [],
      warnings: [{ code: "WARN_SYNC_EXPIRED_RELEASE" }],
    });
  });

  it("a tree that was made without check is judged without it, its hashes all the same", async () => {
    await mirror.close();
    mirror = await openMirror(other, [STABLE], { trust: { check: false } });
    await mirror.sync();
    expect(await verify("full")).toMatchObject({
      problems: [],
      warnings: [{ code: "WARN_SYNC_UNVERIFIED" }],
    });
    rot(file(PACKAGES));
    expect(codes(await verify())).toContain(`ERR_SYNC_TREE_WRONG_CONTENT ${PACKAGES}`);
  });
});

describe("a verification", () => {
  it("ends at once when its signal says so", async () => {
    const signal = AbortSignal.abort();
    await expect(verify("full", { signal })).rejects.toMatchObject({ name: "AbortError" });
  });

  it("changes nothing", async () => {
    const before = await fingerprintTree(mirror.dir);
    await verify("full");
    expect(await fingerprintTree(mirror.dir)).toEqual(before);
  });
});
