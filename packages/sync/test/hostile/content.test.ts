import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  aptClient,
  createKey,
  createRepository,
  describeNeeds,
  type PackageSpec,
  type SuiteSpec,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Target } from "./target.js";

/** A repository whose signed metadata are weak, contradictory or no metadata at all. */
interface ContentCase {
  readonly name: string;
  readonly suite: Partial<SuiteSpec>;
  readonly expect: "accepted" | RegExp;
  /** What apt makes of it, where that is not the same: it looks at what it uses alone. */
  readonly apt?: "accepts" | "refuses" | "not asked";
  /** After it was published. */
  readonly spoil?: (repository: TestRepository) => Promise<unknown>;
}

const INDEX = "main/binary-amd64/Packages";
const BAD_INDEX = /^ERR_SYNC_BAD_INDEX$/;
const WEAK = /^ERR_SYNC_WEAK_HASH$/;
const NO_RELEASE = /^ERR_SYNC_BAD_RELEASE$/;
const hello: PackageSpec = { package: "hello", version: "1" };

/** An index of this text, listed and signed. */
const text = (name: string, content: string, expected = BAD_INDEX): ContentCase => ({
  name: `an index ${name}`,
  suite: { packages: [], verbatim: { [INDEX]: content } },
  expect: expected,
  apt: "not asked",
});
/** A stanza that says this of its file. */
const entry = (name: string, fields: PackageSpec["entry"], expected = BAD_INDEX): ContentCase => ({
  name: `a package ${name}`,
  suite: { packages: [{ ...hello, ...(fields ? { entry: fields } : {}) }] },
  expect: expected,
  // apt finds it out when it comes to the package.
  apt: "not asked",
});
/** A Release whose text was changed before it was signed. */
const release = (
  name: string,
  expected: ContentCase["expect"],
  rewrite: (text: string) => string,
  apt?: ContentCase["apt"],
): ContentCase => ({
  name: `a Release ${name}`,
  suite: { packages: [hello] },
  expect: expected,
  ...(apt ? { apt } : {}),
  spoil: (repository) => repository.rewriteRelease("stable", rewrite),
});

const CASES: readonly ContentCase[] = [
  {
    name: "all hashes",
    suite: { packages: [hello], hashes: ["MD5Sum", "SHA1", "SHA256", "SHA512"] },
    expect: "accepted",
  },
  { name: "SHA512 alone", suite: { packages: [hello], hashes: ["SHA512"] }, expect: "accepted" },
  { name: "SHA256 alone", suite: { packages: [hello], hashes: ["SHA256"] }, expect: "accepted" },
  { name: "MD5 alone", suite: { packages: [hello], hashes: ["MD5Sum"] }, expect: WEAK },
  { name: "SHA1 alone", suite: { packages: [hello], hashes: ["SHA1"] }, expect: WEAK },
  { name: "MD5 and SHA1", suite: { packages: [hello], hashes: ["MD5Sum", "SHA1"] }, expect: WEAK },
  { name: "no hashes", suite: { packages: [hello], hashes: [] }, expect: NO_RELEASE },
  release("with a digest cut short", NO_RELEASE, (t) =>
    t.replace(/^ ([0-9a-f]{63})[0-9a-f] /m, " $1 "),
  ),
  release(
    "with a digest that is no hex",
    NO_RELEASE,
    (t) => t.replace(/^ [0-9a-f]{64}/m, ` ${"g".repeat(64)}`),
    "not asked",
  ),
  release(
    "with an empty digest",
    NO_RELEASE,
    (t) => t.replace(/^ [0-9a-f]{64}/gm, " "),
    "not asked",
  ),
  release(
    "with two sizes for a file",
    NO_RELEASE,
    (t) => t.replace(/^( [0-9a-f]{64} +)(\d+)( .*Packages)$/m, "$1$2$3\n$19$2$3"),
    "not asked",
  ),
  release(
    "whose size is too small",
    /^ERR_(FETCH_(SIZE|DIGEST)_MISMATCH|SYNC_FILES_FAILED|SYNC_BAD_RELEASE)$/,
    (t) => t.replace(/( +)(\d+)( main.*Packages)$/gm, (_m, a, n, b) => `${a}${Number(n) - 1}${b}`),
  ),
  release(
    "whose size is too large",
    /^ERR_(FETCH_(SIZE|DIGEST)_MISMATCH|SYNC_FILES_FAILED|SYNC_BAD_RELEASE)$/,
    (t) => t.replace(/( +)(\d+)( main.*Packages)$/gm, (_m, a, n, b) => `${a}${Number(n) + 1}${b}`),
  ),
  release(
    "where SHA256 fits and MD5 does not",
    /^ERR_(FETCH_DIGEST_MISMATCH|SYNC_FILES_FAILED)$/,
    (t) => t.replace(/^ [0-9a-f]{32} /gm, ` ${"0".repeat(32)} `),
  ),
  release(
    "where MD5 fits and SHA256 does not",
    /^ERR_(FETCH_DIGEST_MISMATCH|SYNC_FILES_FAILED)$/,
    (t) => t.replace(/^ [0-9a-f]{64} /gm, ` ${"0".repeat(64)} `),
  ),
  release("of two paragraphs", NO_RELEASE, (t) => `${t}\nSuite: evil\n`, "not asked"),
  release("with a field twice", NO_RELEASE, (t) => `Codename: evil\n${t}`, "accepts"),
  release("that is no deb822", NO_RELEASE, () => "this is no field\n"),
  release("that begins with a continuation", NO_RELEASE, (t) => ` x\n${t}`, "not asked"),
  release(
    "of another architecture alone",
    /^ERR_SYNC_(UNKNOWN_ARCHITECTURE|MISSING_INDEX)$/,
    (t) => t.replaceAll("amd64", "s390x"),
    "not asked",
  ),
  { name: "an empty suite", suite: { packages: [] }, expect: "accepted" },
  {
    name: "a gz that unpacks to something else than the plain index listed",
    suite: {
      packages: [hello],
      compressions: ["gz"],
      verbatim: { [`${INDEX}.gz`]: gzipSync("Package: evil\n") },
    },
    expect: BAD_INDEX,
  },
  {
    name: "a gz that is cut short, as it is listed",
    suite: {
      packages: [hello],
      compressions: [],
      verbatim: { [`${INDEX}.gz`]: gzipSync("x".repeat(999)).subarray(0, 15) },
    },
    expect: BAD_INDEX,
  },
  {
    name: "a gz that is none, as it is listed",
    suite: { packages: [hello], compressions: [], verbatim: { [`${INDEX}.gz`]: "<html></html>" } },
    expect: BAD_INDEX,
  },
  {
    name: "a gz with garbage behind its end",
    suite: {
      packages: [hello],
      compressions: [],
      listPlain: false,
      verbatim: {
        [`${INDEX}.gz`]: Buffer.concat([gzipSync(""), Buffer.from("garbage behind it")]),
      },
    },
    expect: BAD_INDEX,
    apt: "not asked",
  },
  text("that is a web page", "<html>\n<body>\n</body></html>\n"),
  text("that begins with a continuation", " continued\nPackage: x\n"),
  text("of binary garbage", "\u0000\u0001\u0002\n"),
  text("without a colon", "Package hello\n"),
  text("with a field twice", "Package: a\nPackage: b\nVersion: 1\n"),
  entry("without Filename", { Filename: undefined }),
  entry("without Size", { Size: undefined }),
  entry("with an empty Size", { Size: "" }),
  entry("with a negative Size", { Size: "-5" }),
  entry("with a Size in hex", { Size: "0x10" }),
  entry("without Package", { Package: undefined }),
  entry("without hashes", { SHA256: undefined, SHA1: undefined, MD5sum: undefined }, WEAK),
  entry("with MD5 and SHA1 alone", { SHA256: undefined }, WEAK),
  entry("with an empty SHA256", { SHA256: "" }, /^ERR_SYNC_(BAD_INDEX|WEAK_HASH)$/),
  entry("with a SHA256 cut short", { SHA256: "ab".repeat(31) }),
  entry("with a SHA256 that is too long", { SHA256: "ab".repeat(33) }),
  entry("with a SHA256 that is no hex", { SHA256: "xy".repeat(32) }),
  entry("with another SHA256", { SHA256: "ab".repeat(32) }, /^ERR_FETCH_DIGEST_MISMATCH$/),
  entry(
    "with another MD5 beside the right SHA256",
    { MD5sum: "ab".repeat(16) },
    /^ERR_FETCH_DIGEST_MISMATCH$/,
  ),
  entry(
    "with another SHA512 beside the right SHA256",
    { SHA512: "ab".repeat(64) },
    /^ERR_FETCH_DIGEST_MISMATCH$/,
  ),
  entry("that is shorter than listed", { Size: "100000" }, /^ERR_FETCH_SIZE_MISMATCH$/),
  entry("that is longer than listed", { Size: "10" }, /^ERR_FETCH_SIZE_MISMATCH$/),
  {
    name: "names with % + ~ : in them",
    suite: {
      packages: [
        {
          package: "lib-c++",
          version: "1:2.0~rc1+b%3a1-1",
          filename: "pool/l/lib-c++_1%3a2.0~rc1+b1.deb",
        },
      ],
    },
    expect: "accepted",
  },
  {
    name: "indices that lie there in one form alone",
    suite: { packages: [hello], compressions: ["gz"], byHash: false },
    expect: "accepted",
  },
];

let directory: TemporaryDirectory;
let key: TestKey;
let server: TestServer;
let warm: Target;
const place = (one: ContentCase) => `case${CASES.indexOf(one)}`;
const urlOf = (one: ContentCase) => `${server.url}${place(one)}/`;
const refused = CASES.filter(({ expect }) => expect !== "accepted");
const accepted = CASES.filter(({ expect }) => expect === "accepted");

async function publish(name: string, suite: Partial<SuiteSpec>): Promise<TestRepository> {
  const suites = [
    { suite: "stable", compressions: [""] as const, forms: ["InRelease"] as const, ...suite },
  ];
  return createRepository(join(directory.path, "upstream", name), { key, suites });
}

function cold(one: ContentCase): Target {
  const dir = join(directory.path, "stores", place(one));
  return new Target({ dir, urls: [urlOf(one)], keyring: key.binaryPublic });
}

beforeAll(async () => {
  directory = await temporaryDirectory("hostile-");
  key = await createKey();
  for (const name of ["upstream", "stores", "apt"]) mkdirSync(join(directory.path, name));
  server = await serve(join(directory.path, "upstream"));
  for (const one of CASES) {
    const repository = await publish(place(one), one.suite);
    await one.spoil?.(repository);
  }
  await publish("good", { packages: [hello], date: new Date(Date.now() - 86_400_000) });
  const dir = join(directory.path, "warm");
  warm = new Target({ dir, urls: [`${server.url}good/`], keyring: key.binaryPublic });
  await warm.accepts();
});
afterAll(async () => {
  await server?.close();
  await directory?.remove();
});

describe("signed content", () => {
  it.each(refused)("is refused by a cold mirror: $name", async (one) => {
    await cold(one).refuses(one.expect as RegExp);
  });

  it.each(refused)("is refused by a warm mirror: $name", async (one) => {
    warm.urls = [urlOf(one)];
    await warm.refuses(one.expect as RegExp);
  });

  it("is refused by a mirror that has the index, where the list of what it unpacks to is another", async () => {
    const repository = await publish("unpacked", { packages: [hello], compressions: ["gz"] });
    const dir = join(directory.path, "unpacked");
    const urls = [`${server.url}unpacked/`];
    const mirror = new Target({ dir, urls, keyring: key.binaryPublic });
    await mirror.accepts();
    await repository.rewriteRelease("stable", (text) =>
      text.replace(
        /^ [0-9a-f]{64} ( *\d+ main\/binary-amd64\/Packages)$/m,
        ` ${"0".repeat(64)} $1`,
      ),
    );
    await mirror.refuses(BAD_INDEX);
  });

  it.each(accepted)("is mirrored: $name", async (one) => {
    await cold(one).accepts();
  });
});

describeNeeds(describe, ["apt-get", "gpgv"], "signed content, by apt-get update", () => {
  const asked = CASES.filter(({ apt }) => apt !== "not asked");
  let taken: ReadonlySet<ContentCase>;
  beforeAll(async () => {
    const sources = asked.map((one) => `deb ${urlOf(one)} stable main\n`).join("");
    const root = join(directory.path, "apt");
    const apt = await aptClient({ root, sources, keyring: key.binaryPublic });
    await apt.update();
    const list = (one: ContentCase) =>
      `${urlOf(one)
        .replace(/^http:\/\/|\/$/g, "")
        .replaceAll("/", "_")}_dists_stable_InRelease`;
    taken = new Set(asked.filter((one) => existsSync(join(apt.lists, list(one)))));
  });

  it.each(asked)("judges as the mirror does: $name", (one) => {
    const ours = one.expect === "accepted" ? "accepts" : "refuses";
    expect(taken.has(one) ? "accepts" : "refuses").toBe(one.apt ?? ours);
  });
});

describe("flat repositories", () => {
  it.each([
    ["./", "url"],
    ["sub/", "url"],
    ["sub/", "suite"],
    ["a/b/", "suite"],
  ] as const)("in %s, with file names relative to the %s", async (suite, filenames) => {
    const name = `flat-${suite.replaceAll("/", "-")}-${filenames}`;
    await publish(name, { suite, filenames, packages: [hello] });
    const target = new Target({
      dir: join(directory.path, "stores", name),
      urls: [`${server.url}${name}/`],
      keyring: key.binaryPublic,
      spec: { suites: [suite], components: [], architectures: [] },
    });
    await target.accepts();
  });
});
