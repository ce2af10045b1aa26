import {
  access,
  chmod,
  cp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  clearsign,
  createKey,
  createRepository,
  judgeMirror,
  type RepositorySpec,
  type TestKey,
  type TestRepository,
  temporaryDirectory,
} from "../src/index.js";

let key: TestKey;
let other: TestKey;
beforeAll(async () => {
  [key, other] = await Promise.all([createKey(), createKey()]);
});

async function publish(spec: RepositorySpec): Promise<TestRepository> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  return createRepository(directory.path, spec);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const releaseOf = (repository: TestRepository, suite: string): Promise<string> =>
  readFile(repository.suitePath(suite, "Release"), "utf8");

describe("a repository", () => {
  it("announces what it holds as Debian does", async () => {
    const repository = await publish({
      key,
      suites: [
        {
          suite: "bookworm",
          suiteName: "stable",
          components: ["main", "contrib"],
          componentPrefix: "updates/",
          architectures: ["amd64", "arm64"],
          binaryAll: "also",
          translations: ["en", "de"],
          contents: "suite",
          architectureReleases: true,
          indices: { "main/cnf/Commands-amd64": "suite: stable\n" },
          hashes: ["SHA256", "SHA512"],
          compressions: ["gz"],
          validUntil: new Date("2030-01-02T03:04:05Z"),
          date: new Date("2029-12-01T00:00:00Z"),
          fields: { Label: "Odd", Description: undefined },
          packages: [
            { package: "libfoo", version: "1:1", source: "foo" },
            { package: "doc", version: "1", architecture: "all", component: "contrib" },
            { package: "u", version: "1", udeb: true },
          ],
          sources: [{ package: "foo", version: "1:1" }],
        },
      ],
    });
    const release = await releaseOf(repository, "bookworm");
    const lines = release.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "Label: Odd",
        "Suite: stable",
        "Codename: bookworm",
        "Date: Sat, 01 Dec 2029 00:00:00 UTC",
        "Valid-Until: Wed, 02 Jan 2030 03:04:05 UTC",
        "Acquire-By-Hash: yes",
        "No-Support-for-Architecture-all: Packages",
        "Architectures: all amd64 arm64",
        "Components: updates/main updates/contrib",
        "SHA256:",
        "SHA512:",
      ]),
    );
    expect(release).not.toMatch(/^(Description|MD5Sum)/m);
    for (const path of [
      "main/binary-amd64/Packages",
      "main/binary-amd64/Packages.gz",
      "main/binary-amd64/Release",
      "main/debian-installer/binary-arm64/Packages.gz",
      "contrib/binary-all/Packages.gz",
      "main/source/Sources.gz",
      "main/i18n/Translation-de.gz",
      "main/cnf/Commands-amd64.gz",
      "Contents-arm64.gz",
    ]) {
      expect(release).toMatch(new RegExp(` ${path}$`, "m"));
      const listedOnly = path.endsWith("Packages");
      expect(await exists(repository.suitePath("bookworm", path)), path).toBe(!listedOnly);
    }
    expect(repository.poolFiles()).toEqual([
      "pool/contrib/d/doc/doc_1_all.deb",
      "pool/main/f/foo/foo_1.dsc",
      "pool/main/f/foo/foo_1.tar.gz",
      "pool/main/f/foo/libfoo_1_amd64.deb",
      "pool/main/u/u/u_1_amd64.udeb",
    ]);
  });

  it("lists packages for all architectures in every index, unless these have one of their own", async () => {
    const packages = [{ package: "doc", version: "1", architecture: "all" }];
    const repository = await publish({
      key,
      suites: [
        { suite: "a", packages },
        { suite: "b", packages, binaryAll: "only" },
      ],
    });
    const text = (suite: string, architecture: string): Promise<string> =>
      readFile(repository.suitePath(suite, `main/binary-${architecture}/Packages`), "utf8");
    expect(await text("a", "amd64")).toContain("Package: doc\n");
    expect(await text("b", "amd64")).toBe("");
    expect(await text("b", "all")).toContain("Package: doc\n");
    expect(repository.poolFiles()).toHaveLength(1);
  });

  it("leaves out or changes what it is told to", async () => {
    const repository = await publish({
      keys: [key, other],
      suites: [
        { suite: "old", forms: ["Release", "Release.gpg"], binarySignature: true, byHash: false },
        { suite: "inline", forms: ["InRelease"], keys: [other] },
        { suite: "unsigned", keys: [] },
        {
          suite: "lies",
          packages: [
            { package: "a", version: "1", entry: { SHA256: undefined, Size: "7" }, absent: true },
            { package: "b", version: "1", filename: "pool/odd%3a name.deb" },
          ],
        },
      ],
    });
    const names = async (suite: string): Promise<string[]> =>
      (await readdir(repository.suitePath(suite))).filter((name) => /Release/.test(name)).sort();
    expect(await names("old")).toEqual(["Release", "Release.gpg"]);
    expect(await names("inline")).toEqual(["InRelease"]);
    expect(await names("unsigned")).toEqual(["Release"]);
    const signature = await readFile(repository.suitePath("old", "Release.gpg"), "latin1");
    expect(signature.startsWith("-----")).toBe(false);
    expect(await exists(repository.suitePath("old", "main/binary-amd64/by-hash"))).toBe(false);
    expect(await releaseOf(repository, "old")).not.toContain("Acquire-By-Hash");
    const packages = await readFile(
      repository.suitePath("lies", "main/binary-amd64/Packages"),
      "utf8",
    );
    expect(packages).toMatch(/^Package: a$[\s\S]*^Size: 7$/m);
    expect(packages.match(/^SHA256:/gm)).toHaveLength(1);
    expect(repository.poolFiles()).toEqual(["pool/odd%3a name.deb"]);
  });

  it("needs nothing but Node, unless it is asked by name for what Node lacks", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      const repository = await publish({ key, suites: [{ suite: "stable" }] });
      const index = repository.suitePath("stable", "main/binary-amd64");
      expect((await readdir(index)).sort()).toEqual(["Packages", "Packages.gz", "by-hash"]);
      const asked = publish({ key, suites: [{ suite: "stable", compressions: ["xz"] }] });
      await expect(asked).rejects.toMatchObject({ code: "ERR_TESTKIT_MISSING_TOOL", tool: "xz" });
    } finally {
      process.env.PATH = path;
    }
  });

  it("may be flat, with names relative to the URL or to the suite", async () => {
    const packages = [{ package: "x", version: "1" }];
    const repository = await publish({
      key,
      suites: [
        { suite: "/", packages },
        { suite: "./dot/", packages },
        { suite: "sub/dir/", packages, filenames: "suite" },
      ],
    });
    const filename = async (suite: string): Promise<string | undefined> =>
      /^Filename: (.*)$/m.exec(
        await readFile(repository.suitePath(suite, "Packages"), "utf8"),
      )?.[1];
    expect(await filename("/")).toBe("x_1_amd64.deb");
    expect(await filename("./dot/")).toBe("./dot/x_1_amd64.deb");
    expect(await filename("sub/dir/")).toBe("x_1_amd64.deb");
    expect(await exists(repository.path("sub/dir/x_1_amd64.deb"))).toBe(true);
    expect(await releaseOf(repository, "/")).not.toMatch(/^(Components|Suite|Codename)/m);
  });
});

describe("a later publication", () => {
  it("adds, replaces and removes, with a later Date and the by-hash files of before", async () => {
    const shared = { package: "shared", version: "1" };
    const repository = await publish({
      key,
      suites: [
        { suite: "stable", packages: [shared, { package: "a", version: "1" }] },
        { suite: "testing", packages: [shared] },
      ],
    });
    const before = repository.date;
    const index = "main/binary-amd64/Packages";
    const hashes = (): Promise<string[]> =>
      readdir(join(dirname(repository.suitePath("stable", index)), "by-hash/SHA256"));
    const first = await hashes();
    const untouched = await stat(repository.suitePath("testing", "InRelease"));
    await repository.publish({
      suites: {
        stable: {
          add: [
            { package: "a", version: "2" },
            { package: "b", version: "1" },
          ],
          addSources: [{ package: "a", version: "2" }],
          remove: ["shared"],
          origin: "Changed",
        },
      },
    });
    expect(repository.date.getTime() - before.getTime()).toBe(1000);
    expect(await releaseOf(repository, "stable")).toContain("Origin: Changed\n");
    expect(repository.poolFiles()).toEqual([
      "pool/main/a/a/a_2.dsc",
      "pool/main/a/a/a_2.tar.gz",
      "pool/main/a/a/a_2_amd64.deb",
      "pool/main/b/b/b_1_amd64.deb",
      "pool/main/s/shared/shared_1_amd64.deb",
    ]);
    expect(await exists(repository.path("pool/main/a/a/a_1_amd64.deb"))).toBe(false);
    expect(await hashes()).toEqual(expect.arrayContaining(first));
    expect((await hashes()).length).toBeGreaterThan(first.length);
    const after = await stat(repository.suitePath("testing", "InRelease"));
    expect(after.mtimeMs).toBe(untouched.mtimeMs);
    const verdict = await judgeMirror(repository.directory, {
      keyring: key.binaryPublic,
      suites: ["stable", "testing"],
      components: ["main"],
      architectures: ["amd64"],
      sources: true,
    });
    expect(verdict.violations).toEqual([]);
  });

  it("mends what was tampered with, and takes away what is no longer asked for", async () => {
    const repository = await publish({
      key,
      suites: [{ suite: "stable", packages: [{ package: "a", version: "1" }] }],
    });
    const [deb = ""] = repository.poolFiles();
    const right = await readFile(repository.path(deb));
    await writeFile(repository.path(deb), "evil");
    await repository.publish({
      date: new Date("2025-01-01T00:00:00Z"),
      suites: { stable: { forms: ["InRelease"], compressions: ["gz"] } },
    });
    expect((await readFile(repository.path(deb))).equals(right)).toBe(true);
    expect(await exists(repository.suitePath("stable", "Release.gpg"))).toBe(false);
    expect(await exists(repository.suitePath("stable", "main/binary-amd64/Packages"))).toBe(false);
    const inRelease = await readFile(repository.suitePath("stable", "InRelease"), "utf8");
    expect(inRelease).toContain("Date: Wed, 01 Jan 2025 00:00:00 UTC\n");
    expect((await stat(repository.suitePath("stable", "InRelease"))).mtime).toEqual(
      new Date("2025-01-01T00:00:00Z"),
    );
  });

  it("can be followed by signed lies", async () => {
    const repository = await publish({
      key,
      suites: [
        {
          suite: "stable",
          verbatim: { "main/binary-amd64/Packages.gz": "broken" },
          fields: { MD5Sum: "\n 00 1 ../x" },
        },
      ],
    });
    expect(await releaseOf(repository, "stable")).toMatch(/^MD5Sum:\n 00 1 \.\.\/x\nSHA1:/m);
    await repository.rewriteRelease("stable", (text) =>
      text.replace("Origin: Test", "Origin: Lie"),
    );
    const verdict = await judgeMirror(repository.directory, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(await releaseOf(repository, "stable")).toContain("Origin: Lie\n");
    expect(verdict.violations.join("\n")).toMatch(/Packages\.gz: cannot be unpacked/);
    expect(verdict.violations.join("\n")).toMatch(/lists "\.\.\/x"/);
    expect(verdict.violations.join("\n")).not.toMatch(/InRelease|Release\.gpg/);
  });

  it("of an unknown suite is a mistake of the test", async () => {
    const repository = await publish({ key, suites: [{ suite: "stable" }] });
    await expect(repository.publish({ suites: { stabel: {} } })).rejects.toThrow(TypeError);
  });
});

describe("the judge", () => {
  let repository: TestRepository;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const directory = await temporaryDirectory();
    remove = directory.remove;
    repository = await createRepository(directory.path, {
      key,
      suites: [
        {
          suite: "stable",
          compressions: ["", "gz"],
          translations: true,
          packages: [
            { package: "a", version: "1" },
            { package: "b", version: "1" },
          ],
          sources: [{ package: "a", version: "1" }],
        },
        {
          suite: "flat/",
          compressions: [""],
          packages: [{ package: "f", version: "1" }],
          filenames: "suite",
        },
      ],
    });
  });
  afterAll(() => remove());

  const options = () => ({
    keyring: Buffer.from(key.armoredPublic),
    suites: ["stable", "flat/"],
    components: ["main"],
    architectures: ["amd64"],
    sources: true,
  });
  const judge = async (changes = {}): Promise<readonly string[]> =>
    (await judgeMirror(repository.directory, { ...options(), ...changes })).violations;

  it("finds nothing in a tree that is right, and says what it looked at", async () => {
    const verdict = await judgeMirror(repository.directory, options());
    expect(verdict).toMatchObject({ violations: [], extra: [], suites: 2, files: 5 });
    expect(verdict.indices).toBe(7);
  });

  it("finds the same without gpgv, by openpgp.js", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nonexistent";
    try {
      const verdict = await judgeMirror(repository.directory, options());
      expect(verdict).toMatchObject({ violations: [], verifier: "openpgp.js" });
      const wrong = await judge({ keyring: other.binaryPublic });
      expect(wrong.join("\n")).toMatch(/dists\/stable\/InRelease/);
      expect(wrong.join("\n")).toMatch(/dists\/stable\/Release\.gpg/);
    } finally {
      process.env.PATH = path;
    }
  });

  type Tamper = (at: TestRepository) => Promise<void>;
  const append =
    (path: string, text: string | ((right: string) => string)): Tamper =>
    async (at) => {
      const file = at.path(path);
      const right = await readFile(file, "latin1");
      const { mtime } = await stat(file);
      await writeFile(file, typeof text === "string" ? right + text : text(right), "latin1");
      await utimes(file, mtime, mtime);
    };
  const remover =
    (path: string): Tamper =>
    async (at) => {
      await rm(at.path(path), { recursive: true });
    };
  const flip = (text: string): string => `${text.slice(0, -1)}${text.endsWith("x") ? "y" : "x"}`;
  const cases: [string, Tamper, RegExp][] = [
    [
      "a changed InRelease",
      append("dists/stable/InRelease", (t) => t.replace("Test", "Tost")),
      /^dists\/stable\/InRelease:/,
    ],
    [
      "text before the signed block",
      append("dists/stable/InRelease", (t) => `Evil: yes\n${t}`),
      /one clearsigned block/,
    ],
    [
      "text after the signed block",
      append("dists/stable/InRelease", "Evil: yes\n"),
      /one clearsigned block/,
    ],
    ["a Release that differs", append("dists/stable/Release", "X: y\n"), /differs from the text/],
    [
      "a missing Release.gpg of a suite without InRelease",
      async (at) => {
        await remover("flat/InRelease")(at);
        await remover("flat/Release.gpg")(at);
      },
      /neither InRelease nor/,
    ],
    ["a suite that is not there", remover("dists"), /has no Release file/],
    ["a missing package", remover("pool/main/a/a/a_1_amd64.deb"), /a_1_amd64\.deb: missing/],
    [
      "a flipped byte in a package",
      append("pool/main/b/b/b_1_amd64.deb", flip),
      /b_1_amd64\.deb: sha256/,
    ],
    ["a longer package", append("flat/f_1_amd64.deb", "!"), /f_1_amd64\.deb: size/],
    ["a missing source file", remover("pool/main/a/a/a_1.tar.gz"), /a_1\.tar\.gz: missing/],
    [
      "a changed index",
      append("dists/stable/main/i18n/Translation-en.gz", "!"),
      /Translation-en\.gz: size/,
    ],
    [
      "a missing by-hash directory",
      remover("dists/stable/main/source/by-hash/SHA256"),
      /by-hash\/SHA256\/.*: missing/,
    ],
    [
      "a file that others cannot read",
      async (at) => {
        await chmod(at.path("flat/Packages"), 0o640);
      },
      /flat\/Packages: mode 0640/,
    ],
    [
      "a directory that others cannot enter",
      async (at) => {
        await chmod(at.path("pool"), 0o750);
      },
      /pool: directory mode 0750/,
    ],
    [
      "a symlink",
      async (at) => {
        await symlink("/etc/passwd", at.path("pool/passwd"));
      },
      /pool\/passwd: a symlink/,
    ],
    [
      "an index missing in every variant",
      async (at) => {
        for (const name of await readdir(at.path("dists/stable/main/binary-amd64"))) {
          if (name.startsWith("Packages")) {
            await remover(`dists/stable/main/binary-amd64/${name}`)(at);
          }
        }
      },
      /missing in every listed variant/,
    ],
  ];
  it.each(cases)("notices %s", async (_name, tamper, expected) => {
    const copy = await temporaryDirectory();
    onTestFinished(() => copy.remove());
    await cp(repository.directory, copy.path, { recursive: true, preserveTimestamps: true });
    await tamper({
      ...repository,
      directory: copy.path,
      path: (...more) => join(copy.path, ...more),
    });
    const { violations } = await judgeMirror(copy.path, options());
    expect(violations.join("\n")).toMatch(expected);
  });

  it("notices a key that is not in the keyring, and an unknown component", async () => {
    expect((await judge({ keyring: other.binaryPublic })).length).toBe(4);
    expect((await judge({ components: ["mian"] })).join()).toMatch(/none of the wanted/);
    expect(await judge({ keyring: false })).toEqual([]);
  });

  it("notices a compressed index that unpacks to something else than listed", async () => {
    const directory = await temporaryDirectory();
    onTestFinished(() => directory.remove());
    const suite = { suite: "stable", compressions: ["", "gz"] as const, byHash: false };
    const made = await createRepository(directory.path, {
      key,
      suites: [{ ...suite, packages: [{ package: "a", version: "1" }] }],
    });
    const release = await releaseOf(made, "stable");
    const evil = release.replace(
      /^ [0-9a-f]{64} (\s*\d+ main\/binary-amd64\/Packages)$/m,
      ` ${"0".repeat(64)} $1`,
    );
    expect(evil).not.toBe(release);
    await writeFile(made.suitePath("stable", "InRelease"), await clearsign(evil, key));
    await rm(made.suitePath("stable", "Release"));
    await rm(made.suitePath("stable", "Release.gpg"));
    await rm(made.suitePath("stable", "main/binary-amd64/Packages"));
    const verdict = await judgeMirror(made.directory, { ...options(), suites: ["stable"] });
    expect(verdict.violations.join("\n")).toMatch(/Packages\.gz: unpacked, it is not/);
  });

  it("reports what nobody lists as extra, and excuses what it is told to", async () => {
    const directory = await temporaryDirectory();
    onTestFinished(() => directory.remove());
    const made = await createRepository(directory.path, {
      key,
      suites: [{ suite: "stable", packages: [{ package: "a", version: "1", absent: true }] }],
    });
    await writeFile(made.path("ls-lR.gz"), "");
    const suites = { ...options(), suites: ["stable"] };
    const verdict = await judgeMirror(made.directory, suites);
    expect(verdict.extra).toEqual(["ls-lR.gz"]);
    expect(verdict.violations).toEqual([
      "pool/main/a/a/a_1_amd64.deb: missing, though dists/stable/main/binary-amd64/Packages names it",
    ]);
    const excused = await judgeMirror(made.directory, {
      ...suites,
      excused: (path) => path.startsWith("pool/main/a/"),
    });
    expect(excused.violations).toEqual([]);
  });

  it("says so when a pointer leads nowhere", async () => {
    const { violations } = await judgeMirror(join(repository.directory, "latest"), options());
    expect(violations).toHaveLength(1);
  });
});
