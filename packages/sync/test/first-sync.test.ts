import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const HELLO = { package: "hello", version: "1.0", depends: "libhello" };
const LIBHELLO = { package: "libhello", version: "2:0.9~rc1+b2", payload: 20_000 };
const STABLE = { suite: "stable", packages: [HELLO, LIBHELLO], translations: true };

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
afterEach(() => mirror.close());

const latest = () => join(mirror.dir, "m", "latest");
const judge = (options: { suites?: string[]; sources?: boolean; components?: string[] } = {}) =>
  judgeMirror(`${latest()}/`, {
    keyring: key.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
    ...options,
  });

describe("a first sync", () => {
  it("publishes a complete tree behind latest, with links for its directories", async () => {
    mirror = await openMirror(key, [STABLE]);
    const report = await mirror.sync();
    expect((await judge()).violations).toEqual([]);
    expect(report).toMatchObject({ outcome: "changed", packages: 2, warnings: [] });
    expect(report.suites).toMatchObject([{ suite: "stable", signedBy: [key.fingerprint] }]);
    expect(readlinkSync(latest())).toBe(`../.mirrorctl/trees/m/${report.generation}`);
    expect(readlinkSync(join(mirror.dir, "m", "dists"))).toBe("latest/dists");
    expect(readlinkSync(join(mirror.dir, "m", "pool"))).toBe("latest/pool");
  });

  it("publishes all three Release files and every variant that upstream has", async () => {
    mirror = await openMirror(key, [STABLE]);
    await mirror.sync();
    const suite = join(latest(), "dists/stable");
    expect(readdirSync(suite).sort()).toEqual(["InRelease", "Release", "Release.gpg", "main"]);
    const names = readdirSync(join(suite, "main/binary-amd64"));
    expect(names).toEqual(expect.arrayContaining(["Packages", "Packages.gz", "by-hash"]));
  });

  it("keeps upstream's time on every file", async () => {
    mirror = await openMirror(key, [STABLE]);
    await mirror.sync();
    for (const path of mirror.repository.poolFiles()) {
      const theirs = statSync(mirror.repository.path(path));
      expect(Math.floor(statSync(join(latest(), path)).mtimeMs / 1000)).toBe(
        Math.floor(theirs.mtimeMs / 1000),
      );
    }
  });

  it("leaves no partial download behind", async () => {
    mirror = await openMirror(key, [STABLE]);
    await mirror.sync();
    expect(readdirSync(mirror.collection.paths.partial)).toEqual([]);
  });

  it("mirrors sources with every file they name", async () => {
    const sources = [{ package: "hello", version: "1.0" }];
    mirror = await openMirror(key, [{ ...STABLE, sources }], { sources: true });
    await mirror.sync();
    expect((await judge({ sources: true })).violations).toEqual([]);
    expect(mirror.repository.poolFiles().some((path) => path.endsWith(".dsc"))).toBe(true);
    for (const path of mirror.repository.poolFiles()) {
      expect(existsSync(join(latest(), path))).toBe(true);
    }
  });

  it("shares pool files between suites", async () => {
    mirror = await openMirror(key, [STABLE, { ...STABLE, suite: "updates" }]);
    await mirror.sync();
    expect((await judge({ suites: ["stable", "updates"] })).violations).toEqual([]);
    const asked = mirror.server.requests.filter(({ path }) => path.endsWith(".deb"));
    expect(asked).toHaveLength(2);
  });

  it.each([[""], ["gz"], ["xz"]] as const)(
    "mirrors a repository with %j indices only",
    async (c) => {
      mirror = await openMirror(key, [{ ...STABLE, compressions: [c], listPlain: c === "" }]);
      const report = await mirror.sync();
      expect(report.packages).toBe(2);
      expect((await judge()).violations).toEqual([]);
    },
  );

  it("works with Release and Release.gpg alone, and with InRelease alone", async () => {
    mirror = await openMirror(key, [{ ...STABLE, forms: ["Release", "Release.gpg"] }]);
    await mirror.sync();
    expect((await judge()).violations).toEqual([]);
    await mirror.close();
    mirror = await openMirror(key, [{ ...STABLE, forms: ["InRelease"] }]);
    await mirror.sync();
    expect((await judge()).violations).toEqual([]);
  });

  it("publishes a binary Release.gpg armored, because apt reads only armor", async () => {
    const forms = ["Release", "Release.gpg"] as const;
    mirror = await openMirror(key, [{ ...STABLE, forms, binarySignature: true }]);
    await mirror.sync();
    expect((await judge()).violations).toEqual([]);
    mirror.server.clear();
    expect((await mirror.sync()).outcome).toBe("unchanged");
  });

  it("fetches indices by hash where the suite offers it, however stale the plain names are", async () => {
    mirror = await openMirror(key, [STABLE]);
    const stale = { kind: "content", body: (right: Buffer) => Buffer.alloc(right.length) } as const;
    mirror.server.fault(/\/(Packages|Translation-en)(\.gz|\.xz)?$/, stale);
    await mirror.sync();
    expect((await judge()).violations).toEqual([]);
  });

  it("refuses stale indices where there is no by-hash", async () => {
    mirror = await openMirror(key, [{ ...STABLE, byHash: false }]);
    const stale = { kind: "content", body: (right: Buffer) => Buffer.alloc(right.length) } as const;
    mirror.server.fault(/\/Packages\.gz$/, stale);
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH" });
  });

  it("takes a component with its prefix, as security archives name it", async () => {
    mirror = await openMirror(key, [{ ...STABLE, componentPrefix: "updates/" }], {
      components: ["updates/main"],
    });
    expect((await mirror.sync()).packages).toBe(2);
  });

  it("makes every file readable whatever the umask", async () => {
    mirror = await openMirror(key, [STABLE]);
    const before = process.umask(0o077);
    try {
      await mirror.sync();
    } finally {
      process.umask(before);
    }
    for (const [path, state] of await fingerprintTree(`${latest()}/`)) {
      expect([path, state]).toEqual([path, expect.stringMatching(/(644|755)/)]);
    }
    expect(lstatSync(join(mirror.dir, ".mirrorctl/state")).mode & 0o777).toBe(0o700);
  });
});

describe("flat repositories", () => {
  const PACKAGES = [HELLO, LIBHELLO];

  it.each(["/", "./", "sub/", "deep/er/"])("are mirrored at %s", async (suite) => {
    mirror = await openMirror(key, [{ suite, packages: PACKAGES }], {
      components: [],
      architectures: [],
    });
    const report = await mirror.sync();
    expect(report.packages).toBe(2);
    for (const path of mirror.repository.poolFiles()) {
      expect(existsSync(join(latest(), path))).toBe(true);
    }
  });

  it("whose file names are relative to the suite keep upstream's places", async () => {
    mirror = await openMirror(key, [{ suite: "sub/", packages: PACKAGES, filenames: "suite" }], {
      components: [],
      architectures: [],
    });
    await mirror.sync();
    expect(mirror.repository.poolFiles()[0]).toMatch(/^sub\//);
    for (const path of mirror.repository.poolFiles()) {
      expect(existsSync(join(latest(), path))).toBe(true);
    }
    await mirror.repository.publish();
    mirror.server.clear();
    expect((await mirror.sync()).outcome).toBe("changed");
    expect(mirror.server.requests.filter(({ path }) => path.endsWith(".deb"))).toEqual([]);
  });

  it("whose file names are relative to the suite are found on stores that forbid to look", async () => {
    mirror = await openMirror(key, [{ suite: "sub/", packages: PACKAGES, filenames: "suite" }], {
      components: [],
      architectures: [],
    });
    mirror.server.fault(/^(?!sub\/)/, { kind: "status", status: 403 });
    expect((await mirror.sync()).packages).toBe(2);
  });

  it("are searched for the architectures wanted: one that all lack is an error", async () => {
    const suites = [
      { suite: "one/", packages: PACKAGES },
      { suite: "two/", packages: [{ ...HELLO, architecture: "all" }] },
      { suite: "three/", packages: [{ ...HELLO, architecture: "arm64" }, LIBHELLO] },
    ];
    const architectures = ["amd64", "arm64"];
    mirror = await openMirror(key, suites, { components: [], architectures });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ message }) => message)).toEqual([
      "one/: does not offer architecture arm64",
    ]);
    mirror.spec = { ...mirror.spec, suites: ["one/"] };
    await expect(mirror.sync()).rejects.toMatchObject({
      code: "ERR_SYNC_UNKNOWN_ARCHITECTURE",
      facts: { expected: "arm64" },
    });
  });

  it("may have the architecture that ordinary suites beside them lack", async () => {
    const flat = { suite: "sub/", packages: [{ ...HELLO, architecture: "arm64" }] };
    const architectures = ["amd64", "arm64"];
    mirror = await openMirror(key, [STABLE, flat], { architectures });
    const { warnings, packages } = await mirror.sync();
    expect([packages, warnings.map(({ message }) => message).sort()]).toEqual([
      3,
      ["stable: does not offer architecture arm64", "sub/: does not offer architecture amd64"],
    ]);
  });

  it("lose the stanzas of other architectures when architectures are given", async () => {
    const packages = [HELLO, { ...LIBHELLO, architecture: "arm64" }];
    mirror = await openMirror(key, [{ suite: "./", architectures: ["amd64", "arm64"], packages }], {
      components: [],
    });
    expect((await mirror.sync()).packages).toBe(1);
  });
});
