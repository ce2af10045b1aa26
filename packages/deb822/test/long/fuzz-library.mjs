import { createRandom } from "./random.mjs";

const digest = "0123456789abcdef".repeat(4);
const corpus = [
  `Origin: Debian\nSuite: stable\nDate: Sat, 11 Jul 2026 10:16:37 UTC\nArchitectures: all amd64\nComponents: updates/main\nMD5Sum:\n ${digest.slice(32)} 12 main/Packages\nSHA256:\n ${digest} 12 main/Packages\n ${digest} 0 main/Sources\n`,
  `Package: hello\nVersion: 1:2.10-3\nArchitecture: amd64\nFilename: pool/h/hello.deb\nSize: 53116\nMD5sum: ${digest.slice(32)}\nSHA256: ${digest}\nDepends: libc6 (>= 2.36), a | b [!i386] <!nocheck>, \${misc:Depends}\nDescription: greeting\n program\n .\n more\n\n`,
  `Package: hello\nVersion: 2.10-3\nDirectory: pool/h\nPackage-List:\n hello deb devel optional arch=any\nFiles:\n ${digest.slice(32)} 1705 hello.dsc\nChecksums-Sha256:\n ${digest} 1705 hello.dsc\n\n`,
  `# comment\nSource: hello (1.0)\nDate: Sat, 11 Jul 2026 12:16:37 +0200\nVersion: 1\nEnvironment:\n A="b"\nInstalled-Build-Depends: a (= 1)\n\nPackage: x\nArchitecture: linux-any\n`,
  `Types: deb\nURIs: https://a.example/\nSuites: ./\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n`,
  `SHA256-Current: ${digest} 100\nSHA256-History:\n ${digest} 90 a\n`,
  "Package: a\nStatus: install ok installed\nConffiles:\n /etc/x 0123456789abcdef0123456789abcdef obsolete\n",
];
const fragments = [
  ..."\n|\n\n|\r\n|\n |\n\t|\n#|: |:|\r|\0|\x1b|\ufeff|\ufffd|\u2028|ä|𝄞|\ud83d|-----BEGIN PGP |__proto__|constructor".split(
    "|",
  ),
  ..."Package: |Size: |SHA256:|Date: |Files:\n |Depends: |(>= |<<|$|{|}|[|]|<|>|,|~|-|9999999999999999999".split(
    "|",
  ),
  "|",
  "x".repeat(5000),
  " ".repeat(3000),
  "-1".repeat(2000),
  "a,".repeat(2000),
  "\n .".repeat(1000),
  "\r".repeat(2000),
  `\${a}`.repeat(500),
];

function mutate(random, text) {
  let result = text;
  for (let edits = random.next(8); edits >= 0; edits--) {
    const at = random.next(result.length + 1);
    const length = random.next(3) === 0 ? random.next(60) : 0;
    const piece = [
      () => random.pick(fragments),
      () => String.fromCharCode(random.next(random.next(4) === 0 ? 0x10000 : 0x80)),
      () => "",
      () => random.pick(corpus).slice(random.next(80)),
    ][random.next(4)]();
    result = (result.slice(0, at) + piece + result.slice(at + length)).slice(0, 200_000);
  }
  return result;
}

function cut(random, bytes) {
  const chunks = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.next(random.next(2) === 0 ? 4 : 5000);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

async function drain(items) {
  for await (const item of items) void item;
}

/**
 * Calls every entry point of the library with mutated control data; throws on the first error that
 * is no Deb822Error, and on a call that takes longer than `patience` ms.
 */
export async function fuzz(library, { milliseconds, seed, patience = 2000 }) {
  const random = createRandom(seed);
  const lenient = () => ({ onProblem: () => {} });
  const limited = () => ({ maxFieldBytes: 1 + random.next(500), maxStanzaBytes: 2000 });
  const texts = [
    "parseRelease parseDsc parseChanges parseBuildinfo parseControl parseAptSources",
    "parseDiffIndex parseStanzas parseRelations parsePackageList parseVersion parseDate",
    "parseMultiline unfold wordsOf",
  ].flatMap((names) => names.split(" "));
  const targets = [
    ...texts.map((name) => [name, (text) => library[name](text)]),
    ["lenient", (text) => library.parseStanzas(text, lenient())],
    ["limited", (text) => library.parseStanzas(text, limited())],
    ...["readStanzas", "readPackages", "readSources", "readStatus"].map((name) => [
      name,
      (text) => {
        const fields = random.next(2) === 0 ? { fields: ["Package", "sha256"] } : {};
        return drain(library[name](cut(random, Buffer.from(text)), { ...fields }));
      },
    ]),
    [
      "editStanzas",
      (text) => {
        const file = library.editStanzas(text);
        for (const stanza of file.stanzas) stanza.set("Version", text.slice(0, random.next(40)));
        library.parseStanzas(String(file));
      },
    ],
    ["formatStanza", (text) => library.formatStanza({ A: text, [text.slice(0, 9)]: "b" })],
    ["compareVersions", (text) => library.compareVersions(text, mutate(random, text))],
    ["satisfies", (text) => library.satisfies(text, text.slice(random.next(9)))],
    ["matchesArchitecture", (text) => library.matchesArchitecture("amd64", text)],
  ];
  const until = performance.now() + milliseconds;
  let inputs = 0;
  while (performance.now() < until) {
    const text = mutate(random, random.pick(corpus));
    for (const [name, target] of targets) {
      const started = performance.now();
      try {
        await target(text);
      } catch (error) {
        if (!(error instanceof library.Deb822Error)) {
          throw new Error(`${name} threw for ${JSON.stringify(text)}`, { cause: error });
        }
      }
      const took = performance.now() - started;
      if (took > patience) throw new Error(`${name} took ${took} ms: ${JSON.stringify(text)}`);
    }
    inputs++;
  }
  if (Object.keys(Object.prototype).length > 0) throw new Error("Object.prototype has grown");
  return { inputs, calls: inputs * targets.length };
}
