import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { clearsign, createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const PACKAGES = [
  { package: "hello", version: "1.0" },
  { package: "world", version: "1.0" },
];
const SUITES = [{ suite: "stable", packages: PACKAGES }];
const NEXT = { suites: { stable: { add: [{ package: "hello", version: "1.1" }] } } };

let key: TestKey;
let other: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  [key, other] = await Promise.all([
    createKey(),
    createKey({ userId: "Other <other@example.org>" }),
  ]);
});
afterEach(() => mirror.close());

interface Case {
  readonly what: string;
  readonly code: string | RegExp;
  /** Makes the upstream, which has a new version of a package, go wrong. */
  readonly spoil: (mirror: Mirror) => void | Promise<void>;
}

const CASES: Case[] = [
  {
    what: "a Release signed by an unknown key",
    code: "ERR_VERIFY_UNKNOWN_KEY",
    spoil: ({ repository }) => repository.publish({ suites: { stable: { keys: [other] } } }),
  },
  {
    what: "an InRelease that was tampered with",
    code: /^ERR_VERIFY_/,
    spoil: ({ server }) => {
      server.fault("InRelease", {
        kind: "content",
        body: (right) => right.toString().replace("Suite: stable", "Suite: unsafe"),
      });
    },
  },
  {
    what: "a bad InRelease beside a good pair",
    code: /^ERR_VERIFY_/,
    spoil: ({ server }) => {
      server.fault("InRelease", { kind: "content", body: "<html>Log in first</html>" });
    },
  },
  {
    what: "no Release file at all",
    code: "ERR_SYNC_NO_RELEASE",
    spoil: ({ server }) => {
      server.fault(/Release/, { kind: "status", status: 404 });
    },
  },
  {
    what: "a Release without its signature",
    code: "ERR_SYNC_NO_RELEASE",
    spoil: ({ repository }) => repository.publish({ suites: { stable: { forms: ["Release"] } } }),
  },
  {
    what: "a package that upstream lacks",
    code: "ERR_SYNC_MISSING_FILE",
    spoil: ({ server }) => {
      server.fault(/hello_1\.1/, { kind: "status", status: 404 });
    },
  },
  {
    what: "a package of the same size with other content",
    code: "ERR_FETCH_DIGEST_MISMATCH",
    spoil: ({ server }) => {
      server.fault(/hello_1\.1/, { kind: "content", body: (right) => Buffer.alloc(right.length) });
    },
  },
  {
    what: "a Packages index that is absent in every form",
    code: "ERR_SYNC_MISSING_INDEX",
    spoil: ({ server }) => {
      server.fault(/binary-amd64/, { kind: "status", status: 404 });
    },
  },
  {
    what: "a Packages index with other content",
    code: /^ERR_(FETCH|SYNC_FILES)/,
    spoil: ({ server }) => {
      server.fault(/binary-amd64/, {
        kind: "content",
        body: (right) => Buffer.alloc(right.length),
      });
    },
  },
  {
    what: "a Packages index that is no deb822",
    code: "ERR_SYNC_BAD_INDEX",
    spoil: ({ repository }) =>
      repository.publish({
        suites: { stable: { add: [{ package: "bad", version: "1", entry: { Size: "many" } }] } },
      }),
  },
  {
    what: "a signed Release that lists nothing",
    code: "ERR_SYNC_BAD_RELEASE",
    spoil: async ({ server }) => {
      const text = await clearsign("Suite: stable\nCodename: stable\n", [key]);
      server.fault("InRelease", { kind: "content", body: text });
    },
  },
  {
    what: "a file name that leaves the tree",
    code: "ERR_SYNC_UNSAFE_PATH",
    spoil: ({ repository }) =>
      repository.publish({
        suites: {
          stable: {
            add: [{ package: "evil", version: "1", entry: { Filename: "pool/../../../etc/evil" } }],
          },
        },
      }),
  },
  {
    what: "an absolute file name",
    code: "ERR_SYNC_UNSAFE_PATH",
    spoil: ({ repository }) =>
      repository.publish({
        suites: {
          stable: { add: [{ package: "evil", version: "1", entry: { Filename: "/evil" } }] },
        },
      }),
  },
  {
    what: "a package that would replace a Release file",
    code: "ERR_SYNC_UNSAFE_PATH",
    spoil: ({ repository }) =>
      repository.publish({
        suites: {
          stable: {
            add: [
              { package: "evil", version: "1", entry: { Filename: "dists/./stable//InRelease" } },
            ],
          },
        },
      }),
  },
  {
    what: "a package listed without a strong hash",
    code: "ERR_SYNC_WEAK_HASH",
    spoil: ({ repository }) =>
      repository.publish({
        suites: {
          stable: {
            add: [
              { package: "weak", version: "1", entry: { SHA256: undefined, SHA512: undefined } },
            ],
          },
        },
      }),
  },
  {
    what: "a Release without strong hash lists",
    code: "ERR_SYNC_WEAK_HASH",
    spoil: ({ repository }) =>
      repository.publish({ suites: { stable: { hashes: ["MD5Sum", "SHA1"] } } }),
  },
  {
    what: "a component that nobody offers",
    code: "ERR_SYNC_UNKNOWN_COMPONENT",
    spoil: (m) => {
      m.spec = { components: ["main", "universe"] };
    },
  },
  {
    what: "an architecture that nobody offers",
    code: "ERR_SYNC_UNKNOWN_ARCHITECTURE",
    spoil: (m) => {
      m.spec = { architectures: ["amd64", "arm64"] };
    },
  },
  {
    what: "a Release from the future",
    code: "ERR_SYNC_NOT_YET_VALID",
    spoil: ({ repository }) => repository.publish({ date: new Date(Date.now() + 3_600_000) }),
  },
  {
    what: "another Origin than before",
    code: "ERR_SYNC_RELEASE_CHANGED",
    spoil: ({ repository }) => repository.publish({ suites: { stable: { origin: "Elsewhere" } } }),
  },
  {
    what: "a server that breaks down",
    code: "ERR_FETCH_HTTP_STATUS",
    spoil: ({ server }) => {
      server.fault(/./, { kind: "status", status: 500 });
    },
  },
];

describe.each(["cold", "warm"] as const)("a %s mirror", (state) => {
  it.each(CASES)("refuses $what and stays as it was", async ({ code, spoil }) => {
    mirror = await openMirror(key, SUITES, {}, { retries: 0 });
    if (state === "warm") await mirror.sync();
    const before = await published();
    await mirror.repository.publish(NEXT);
    await spoil(mirror);
    const refused = mirror.sync();
    if (state === "cold" && code === "ERR_SYNC_RELEASE_CHANGED") {
      await expect(refused).resolves.toMatchObject({ outcome: "changed" });
      return;
    }
    await expect(refused).rejects.toMatchObject({
      code: typeof code === "string" ? code : expect.stringMatching(code),
    });
    expect(await published()).toEqual(before);
  });
});

/** Every path, type, inode, time and size outside of state, locks, partial downloads and link counts. */
async function published() {
  if (!existsSync(mirror.dir)) return [];
  const entries = [...(await fingerprintTree(mirror.dir))];
  const internal =
    /^(\.?|m|\.mirrorctl(\/(state|locks|partial|trees)(\/m)?)?|\.mirrorctl\/(state|locks|partial)\/.*)$/;
  return entries.filter(([path]) => !internal.test(path));
}

describe("after a failed run", () => {
  it("what was fetched is not fetched again", async () => {
    mirror = await openMirror(key, SUITES, {}, { retries: 0 });
    mirror.server.fault(/world/, { kind: "status", status: 404 });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_MISSING_FILE" });
    expect(readdirSync(mirror.collection.paths.partial).length).toBeGreaterThan(0);
    mirror.server.clear();
    await mirror.sync();
    const debs = mirror.server.requests.filter(({ path }) => path.endsWith(".deb"));
    expect(debs.map(({ path }) => path)).toEqual(["/pool/main/w/world/world_1.0_amd64.deb"]);
  });

  it("a leftover that was damaged meanwhile is fetched again", async () => {
    mirror = await openMirror(key, SUITES, {}, { retries: 0 });
    mirror.server.fault(/world/, { kind: "status", status: 404 });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_MISSING_FILE" });
    const { partial } = mirror.collection.paths;
    for (const name of readdirSync(partial)) {
      const path = join(partial, name);
      writeFileSync(path, Buffer.alloc(lstatSync(path).size));
    }
    mirror.server.clear();
    await mirror.sync();
    const verdict = await judgeMirror(`${join(mirror.dir, "m/latest")}/`, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(verdict.violations).toEqual([]);
  });

  it("every failed file is told, not only the first", async () => {
    mirror = await openMirror(key, SUITES, {}, { retries: 0 });
    mirror.server.fault(/\.deb$/, { kind: "status", status: 403 });
    const error = await mirror.sync().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_SYNC_FILES_FAILED" });
    expect((error as { facts: { failures: unknown[] } }).facts.failures).toHaveLength(2);
  });
});

describe("what may be absent", () => {
  it("an index kind that is listed and absent is a warning", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: PACKAGES, translations: true }]);
    mirror.server.fault(/Translation/, { kind: "status", status: 404 });
    mirror.server.fault(/i18n\/by-hash/, { kind: "status", status: 404 });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_INDEX_MISSING"]);
  });

  it("a package that ignore_missing names is left out and recorded", async () => {
    mirror = await openMirror(key, SUITES, { ignoreMissing: ["pool/**/world_*.deb"] });
    mirror.server.fault(/world/, { kind: "status", status: 404 });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_FILE_MISSING"]);
    expect(mirror.collection.latest()?.header().facts).toMatchObject({
      ignoredMissing: ["pool/main/w/world/world_1.0_amd64.deb"],
    });
  });

  it("what is forbidden may be absent too: object stores say 403 of what they lack", async () => {
    const suite = { suite: "stable", packages: PACKAGES, translations: true, byHash: false };
    mirror = await openMirror(key, [suite], { ignoreMissing: ["pool/**/world_*.deb"] });
    const forbidden = { kind: "status", status: 403 } as const;
    for (const path of [/\/Packages(\.xz)?$/, /Translation/, /world/]) {
      mirror.server.fault(path, forbidden);
    }
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code).sort()).toEqual([
      "WARN_SYNC_FILE_MISSING",
      "WARN_SYNC_INDEX_MISSING",
    ]);
    const names = readdirSync(join(mirror.dir, "m/latest/dists/stable/main/binary-amd64"));
    expect(names).toEqual(["Packages.gz"]);
  });

  it("an index of packages that is forbidden in every form fails as such", async () => {
    mirror = await openMirror(key, SUITES);
    mirror.server.fault(/\/binary-amd64\//, { kind: "status", status: 403 });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_HTTP_STATUS" });
  });

  it("a Release that disagrees with InRelease is left out, with a warning", async () => {
    mirror = await openMirror(key, SUITES);
    mirror.server.fault(/\/Release$/, { kind: "content", body: "Suite: evil\n" });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_RELEASE_PAIR_LEFT_OUT"]);
    expect(readdirSync(join(mirror.dir, "m/latest/dists/stable")).sort()).toEqual([
      "InRelease",
      "main",
    ]);
  });

  it("one suite's lack of a component is a warning", async () => {
    const suites = [
      { suite: "stable", components: ["main", "extra"], packages: PACKAGES },
      { suite: "updates", packages: [] },
    ];
    mirror = await openMirror(key, suites, { components: ["main", "extra"] });
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_NOT_OFFERED"]);
  });

  it("the same Release under two suites is refused", async () => {
    const both = { suiteName: "stable", codename: "stable", packages: PACKAGES };
    mirror = await openMirror(key, [
      { ...both, suite: "stable" },
      { ...both, suite: "alias" },
    ]);
    mirror.server.fault("dists/alias/InRelease", {
      kind: "redirect",
      location: `${mirror.server.url}dists/stable/InRelease`,
    });
    mirror.server.fault(/dists\/alias\/Release/, { kind: "status", status: 404 });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_SAME_RELEASE_TWICE" });
  });
});

describe("without signature check", () => {
  it("an unsigned repository is mirrored with a warning, its hashes still checked", async () => {
    mirror = await openMirror(key, [{ suite: "stable", packages: PACKAGES, keys: [] }], {
      trust: { check: false },
    });
    const report = await mirror.sync();
    expect(report.warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_UNVERIFIED"]);
    expect(report.suites[0]?.signedBy).toEqual([]);
    await mirror.repository.publish(NEXT);
    mirror.server.fault(/hello_1\.1/, {
      kind: "content",
      body: (right) => Buffer.alloc(right.length),
    });
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH" });
  });
});

describe("several upstreams", () => {
  it("what the first lacks is asked of the next", async () => {
    mirror = await openMirror(key, SUITES);
    const { url } = mirror.server;
    mirror.spec = { urls: [`${url}empty/`, url] };
    await mirror.sync();
    expect(existsSync(join(mirror.dir, "m/latest/dists/stable/InRelease"))).toBe(true);
  });

  it("an older Release at the first is passed over for a newer one at the next", async () => {
    mirror = await openMirror(key, SUITES);
    await mirror.sync();
    await mirror.repository.publish(NEXT);
    const { url } = mirror.server;
    const older = new Date(mirror.repository.date.getTime() - 86_400_000);
    const stale = await openMirror(key, SUITES);
    try {
      await stale.repository.publish({ date: older });
      mirror.spec = { urls: [stale.server.url, url] };
      expect(await mirror.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    } finally {
      await stale.close();
    }
  });
});

describe("an aborted run", () => {
  it("ends at once and keeps what it fetched", async () => {
    mirror = await openMirror(key, SUITES);
    mirror.server.fault(/world/, { kind: "stall", in: "body", after: 10 });
    const controller = new AbortController();
    const running = mirror.sync({ signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    const begun = Date.now();
    await expect(running).rejects.toThrow();
    expect(Date.now() - begun).toBeLessThan(3_000);
    expect(mirror.collection.latest()).toBeUndefined();
    mirror.server.clear();
    await mirror.sync();
  });

  it("keeps what it fetched also when the new tree was being put together", async () => {
    mirror = await openMirror(key, SUITES);
    const controller = new AbortController();
    mirror.listen = (event) => {
      if (event.type === "phase-finished" && event.phase === "packages") controller.abort();
    };
    await expect(mirror.sync({ signal: controller.signal })).rejects.toThrow();
    expect(mirror.collection.latest()).toBeUndefined();
    mirror.listen = () => {};
    mirror.server.clear();
    await mirror.sync();
    const fetched = mirror.server.requests.map(({ path }) => path);
    expect(fetched.filter((path) => path.endsWith(".deb"))).toEqual([]);
    expect(readdirSync(mirror.collection.paths.partial)).toEqual([]);
  });

  it("finds something else in the places of its downloads, and downloads", async () => {
    mirror = await openMirror(key, SUITES);
    mirror.collection.prepare();
    const { partial } = mirror.collection.paths;
    const [deb = ""] = mirror.repository.poolFiles().filter((path) => path.endsWith(".deb"));
    const sha256 = createHash("sha256")
      .update(readFileSync(mirror.repository.path(deb)))
      .digest("hex");
    for (const end of ["", ".part", ".part.json"]) mkdirSync(join(partial, `${sha256}${end}`));
    await mirror.sync();
    expect(existsSync(join(mirror.dir, "m/latest", deb))).toBe(true);
  });
});
