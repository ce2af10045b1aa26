import type { SuiteSpec } from "@mirror/testkit";
import type { MirrorSpec } from "../../src/index.js";

/** A repository whose signed metadata name a path. */
export interface PathCase {
  readonly name: string;
  /** The paths that the tree must then hold, or the code of the refusal. */
  readonly expect: readonly string[] | RegExp;
  readonly suite: Partial<SuiteSpec>;
  readonly spec?: Partial<MirrorSpec>;
  /** Lines for the SHA256 list of the signed Release, each a path of an empty file. */
  readonly listed?: readonly string[];
}

const UNSAFE = /^ERR_SYNC_UNSAFE_PATH$/;
/** What is no text at all is refused by the reader of the index. */
const NO_TEXT = /^ERR_SYNC_(UNSAFE_PATH|BAD_INDEX)$/;
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** A line of a hash list of a Release for an empty file. */
export const emptyFile = (path: string) => ` ${EMPTY} 0 ${path}`;

/** A package whose stanza names this path; nothing need lie there. */
function refusedFilename(name: string, filename: string, code = UNSAFE): PathCase {
  const evil = { package: "evil", version: "1", entry: { Filename: filename } };
  return { name: `a Filename ${name}`, expect: code, suite: { packages: [evil] } };
}

/** A package that really lies at this path. */
function keptFilename(name: string, filename: string, path = filename): PathCase {
  const odd = { package: "odd", version: "1", filename };
  return { name: `a Filename ${name}`, expect: [path], suite: { packages: [odd] } };
}

/** A source package of one empty file, by its Directory and the name of the file. */
function source(
  name: string,
  directory: string | undefined,
  file: string,
  expect: PathCase["expect"] = UNSAFE,
): PathCase {
  const stanza = [
    "Package: evil",
    "Version: 1",
    ...(directory === undefined ? [] : [`Directory: ${directory}`]),
    "Files:",
    ` d41d8cd98f00b204e9800998ecf8427e 0 ${file}`,
    "Checksums-Sha256:",
    ` ${EMPTY} 0 ${file}`,
    "",
  ];
  return {
    name: `a source package with ${name}`,
    expect,
    suite: { packages: [], indices: { "main/source/Sources": stanza.join("\n") } },
    spec: { sources: true },
  };
}

function refusedEntry(name: string, path: string, code = UNSAFE): PathCase {
  return { name: `a Release entry ${name}`, expect: code, suite: { packages: [] }, listed: [path] };
}

const CONFLICT = /^ERR_(SNAPSHOT_PATH_CONFLICT|SYNC_(UNSAFE_PATH|CONFLICTING_FILE))$/;
const INDEX = "dists/stable/main/binary-amd64";

export const PATH_CASES: readonly PathCase[] = [
  refusedFilename("that climbs out", "../../../../etc/cron.d/evil"),
  refusedFilename("that climbs out from within", "pool/main/../../../evil.deb"),
  refusedFilename("that climbs and comes back", "pool/../pool/evil.deb"),
  refusedFilename("that ends in ..", "pool/main/.."),
  refusedFilename("that is ..", ".."),
  refusedFilename("that is absolute", "/etc/cron.d/evil"),
  refusedFilename("that begins with //", "//etc/evil"),
  refusedFilename("that is only slashes", "///"),
  refusedFilename("with a NUL", "pool/evil\0.deb", NO_TEXT),
  refusedFilename("that is a dot", "."),
  refusedFilename("that is ./", "./"),
  refusedFilename("that is ././.", "././."),
  refusedFilename("that ends in a slash", "pool/evil/"),
  refusedFilename("that ends in /.", "pool/evil/."),
  refusedFilename("with backslashes", "pool\\..\\..\\evil.deb"),
  refusedFilename("with a backslash in a name", "pool/a\\b.deb"),
  refusedFilename("with a terminal escape", "pool/\u001b[2J\u001b]0;evil\u0007.deb", NO_TEXT),
  refusedFilename("with a DEL", "pool/\u007f.deb", NO_TEXT),
  refusedFilename("with a C1 control character", "pool/\u009bevil.deb"),
  refusedFilename("with a CR", "pool/a\rb.deb", NO_TEXT),
  refusedFilename("with a TAB", "pool/a\tb.deb", NO_TEXT),
  refusedFilename("with a component of 300 bytes", `pool/${"x".repeat(300)}.deb`),
  refusedFilename(
    "with a component of 300 bytes in 100 characters",
    `pool/${"文".repeat(100)}.deb`,
  ),
  refusedFilename("2,500 levels deep", `${"d/".repeat(2500)}evil.deb`),
  // Below the limit for a path, above it once the tree's own path is put before it.
  refusedFilename(
    "2,040 levels deep",
    `${"d/".repeat(2040)}evil.deb`,
    /^ERR_(SYNC_UNSAFE_PATH|SYNC_MISSING_FILE|SNAPSHOT_WRITE|FETCH_HTTP_STATUS)$/,
  ),
  refusedFilename("that is empty", "", /^ERR_SYNC_BAD_INDEX$/),
  refusedFilename("that is an InRelease", "dists/stable/InRelease"),
  refusedFilename("that is an InRelease, written crookedly", "dists/.//stable/./InRelease"),
  refusedFilename("that is another suite's Release", "dists/unstable/Release"),
  refusedFilename("that is a Release.gpg", "pool/Release.gpg"),
  refusedFilename("that is the index it stands in", `${INDEX}/Packages`),
  refusedFilename("that is a compressed form of its index", `${INDEX}/Packages.gz`),
  refusedFilename(
    "that is another architecture's index",
    "dists/stable/main/binary-s390x/Packages",
  ),
  refusedFilename("that is a Sources index", "dists/stable/main/source/Sources.xz"),
  refusedFilename("below by-hash", `${INDEX}/by-hash/SHA256/${"0".repeat(64)}`),
  refusedFilename("below any by-hash", `pool/by-hash/SHA256/${"0".repeat(64)}`),
  {
    name: "a Filename that is an index which the Release lists and the mirror leaves out",
    expect: CONFLICT,
    suite: {
      translations: ["en"],
      packages: [
        { package: "evil", version: "1", filename: "dists/stable/main/i18n/Translation-en" },
      ],
    },
    spec: { indices: { translations: false, contents: true, commands: true, dep11: true } },
  },
  {
    name: "a file where another package needs a directory",
    expect: CONFLICT,
    suite: {
      packages: [
        { package: "a", version: "1", filename: "pool/x" },
        { package: "b", version: "1", filename: "pool/x/b.deb", absent: true },
      ],
    },
  },
  {
    name: "a directory where another package needs a file",
    expect: CONFLICT,
    suite: {
      packages: [
        { package: "a", version: "1", filename: "pool/x/a.deb" },
        { package: "b", version: "1", filename: "pool/x", absent: true },
      ],
    },
  },
  {
    name: "a package where dists must be",
    expect: CONFLICT,
    suite: { packages: [{ package: "a", version: "1", filename: "dists", absent: true }] },
  },
  {
    name: "a package where its suite must be",
    expect: CONFLICT,
    suite: { packages: [{ package: "a", version: "1", filename: "dists/stable", absent: true }] },
  },
  {
    name: "one path with two contents",
    expect: /^ERR_SYNC_CONFLICTING_FILE$/,
    suite: {
      packages: [
        { package: "a", version: "1", filename: "pool/x.deb" },
        { package: "b", version: "1", entry: { Filename: "pool/./x.deb" } },
      ],
    },
  },
  keptFilename("with inner dots and slashes", ".//pool/.//x.deb", "pool/x.deb"),
  keptFilename("with %2e%2e", "pool/%2e%2e/%2e%2e/x.deb"),
  keptFilename("with %2f and %00", "pool/a%2fb%00c%3a.deb"),
  keptFilename("with ? and #", "pool/a?b=c#d.deb"),
  keptFilename("with + ~ : @ & = , and ;", "pool/a+b~1:2@3&4=5,6;7.deb"),
  keptFilename("with characters beyond ASCII", "pool/ü/文書-Ω.deb"),
  keptFilename("that begins with a dash", "pool/-rf.deb"),
  keptFilename("of dots", "pool/.../....deb"),
  keptFilename("with a shell's signs", "pool/$(reboot);`id`|*'\".deb"),
  keptFilename("below dists", "dists/stable/main/binary-amd64/x.deb"),
  keptFilename("200 levels deep", `${"d/".repeat(200)}x.deb`),
  keptFilename("named __proto__", "__proto__/constructor"),
  {
    name: "names that differ in case only",
    expect: ["pool/x.deb", "pool/X.deb", "POOL/x.deb"],
    suite: {
      packages: ["pool/x.deb", "pool/X.deb", "POOL/x.deb"].map((filename, version) => ({
        package: `p${version}`,
        version: String(version),
        filename,
      })),
    },
  },
  {
    name: "names that differ in Unicode's form only",
    expect: ["pool/\u00e9.deb", "pool/e\u0301.deb"],
    suite: {
      packages: ["pool/\u00e9.deb", "pool/e\u0301.deb"].map((filename, version) => ({
        package: `p${version}`,
        version: String(version),
        filename,
      })),
    },
  },
  source("a Directory that climbs out", "../../../etc", "evil.dsc"),
  source("an absolute Directory", "/etc", "evil.dsc"),
  source("a Directory that begins with //", "//etc", "evil.dsc"),
  source("a file that climbs out", "pool/main/e", "../../../../evil.dsc"),
  source("a file that is ..", "pool", ".."),
  source("a Directory with a NUL", "pool/\0", "evil.dsc", NO_TEXT),
  source("a Directory with a backslash", "pool\\..", "evil.dsc"),
  source("a Directory that is the suite", "dists/stable", "InRelease"),
  source("a Directory below by-hash", "dists/stable/main/source/by-hash/SHA256", EMPTY),
  refusedEntry("that climbs out as an archive of icons", "main/dep11/icons-/../../../../../x.tar"),
  refusedEntry("with a backslash", "main/i18n/Translation-..\\..\\evil"),
  refusedEntry("with a control character", "main/i18n/Translation-\u001b[2J"),
  refusedEntry("with a component of 300 bytes", `main/i18n/Translation-${"x".repeat(300)}`),
  {
    name: "Release entries that nobody wants, however they are written",
    expect: [`${INDEX}/Packages`],
    suite: { packages: [] },
    listed: [
      "../../evil",
      "/etc/passwd",
      "a\\b",
      "//x",
      ".",
      "main/binary-amd64/../../x",
      "main/i18n/Translation-../../../../../evil",
      "main/i18n/Translation-en/..",
    ],
  },
];
