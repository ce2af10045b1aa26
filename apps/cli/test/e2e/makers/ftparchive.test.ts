import { copyFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type AptClient, describeNeeds, judgeMirror } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorctl } from "../mirrorctl.js";
import { writePackages, writeSource } from "../packages.js";
import { openWorkplace, type Workplace } from "../workplace.js";
import { ASKS_FOR_ALL } from "./asks-for-all.js";
import { type FtparchiveSuite, ftparchiveSuite } from "./ftparchive.js";
import { sumsBelow, sumsOf } from "./sums.js";

const TOOLS = [
  "apt-file",
  "apt-ftparchive",
  "apt-get",
  "diff",
  "dpkg-source",
  "gpg",
  "gpgv",
  "nginx",
  "sha256sum",
  "tar",
  "xz",
  "zstd",
];
const MANY = Array.from({ length: 60 }, (_, at) => ({ name: `package-${at}`, version: "1.0" }));

describeNeeds(describe, TOOLS, "an archive that apt-ftparchive makes", () => {
  let place: Workplace;
  let suite: FtparchiveSuite;
  let all: AptClient;
  const wanted = {
    suites: ["stable"],
    components: ["main", "contrib"],
    architectures: ["amd64", "arm64"],
    sources: true,
    whole: true,
  };
  const sources = () => `deb ${place.url} stable main contrib\ndeb-src ${place.url} stable main\n`;
  const add = (component: string, packages: Parameters<typeof writePackages>[1]) =>
    writePackages(join(place.archive, "pool", component), packages);
  /** What clients asked for below the suite's directory since. */
  const asked = async (since: number) =>
    (await place.web.requests()).slice(since).flatMap(({ path, status }) => {
      const [, below] = path.split("/dists/stable/");
      return below === undefined ? [] : [`${status} ${decodeURIComponent(below)}`];
    });

  beforeAll(async () => {
    place = await openWorkplace(`suites = ["stable"]
sections = ["main", "contrib"]
architectures = ["amd64", "arm64"]
mirror_source = true
indices = { pdiffs = true }
`);
    suite = ftparchiveSuite(place.archive, place.keyring);
    await add("main", [
      {
        name: "hello",
        version: "2.12-1",
        depends: "libhello1",
        description: "greets\nAt length.",
      },
      { name: "libhello1", version: "1:1.0" },
      { name: "libhello1", version: "1:1.0", architecture: "arm64" },
      { name: "common", version: "1.0", architecture: "all" },
      ...MANY,
    ]);
    await add("contrib", [{ name: "extra", version: "1+b1~x", depends: "hello, common" }]);
    const dsc = await writeSource(place.at("sources"), "hello", "2.12-1");
    for (const path of readdirSync(join(dsc, ".."), { withFileTypes: true })) {
      if (path.isFile()) {
        copyFileSync(join(path.parentPath, path.name), join(place.archive, "pool/main", path.name));
      }
    }
    await suite.publish();
    expect(await place.sync()).toMatchObject({ warnings: [] });
    all = await place.client("apt-all", sources(), { configuration: ASKS_FOR_ALL });
  });
  afterAll(() => place?.close());

  it("is mirrored file by file with every kind of index, and with nothing besides", async () => {
    const theirs = await sumsBelow(place.archive);
    const ours = await sumsBelow(place.tree);
    expect([...theirs].filter(([path, sum]) => ours.get(path) !== sum)).toEqual([]);
    for (const name of [
      "Contents-amd64.gz",
      "main/Contents-arm64.xz",
      "main/binary-all/Packages.zst",
      "main/binary-amd64/Release",
      "main/cnf/Commands-amd64.xz",
      "main/dep11/icons-64x64@2.tar.gz",
      "main/i18n/Translation-en.bz2",
      "contrib/source/Sources.xz",
    ]) {
      expect([name, ours.has(`dists/stable/${name}`)]).toEqual([name, true]);
    }
    expect(await place.judge(wanted)).toMatchObject({ violations: [], extra: [] });
  });

  it("apt that asks for every kind of index gets them all, without a warning", async () => {
    expect(await all.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const format = "$(CREATED_BY) $(FILENAME)";
    const { stdout } = await all.run("apt-get", ["indextargets", "--format", format]);
    const targets = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    const kinds = new Set(targets.map(([kind]) => kind));
    expect([...kinds].sort()).toEqual([
      ...["CNF", "Contents-deb", "Contents-suite", "DEP-11", "Packages", "Sources", "Translations"],
      ...["icons-128x128", "icons-48x48", "icons-64x64", "icons-64x64@2"],
    ]);
    for (const [kind, path = ""] of targets) {
      expect([kind, path, existsSync(path)]).toEqual([kind, path, true]);
    }
  });

  it("a mirror of a part holds nothing of the rest, and apt that asks for every kind is served", async () => {
    writeFileSync(
      place.at("part.toml"),
      `dir = "${place.at("mirrors")}"
[mirrors.part]
url = "${place.upstream.url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${place.at("archive.gpg")}"
`,
    );
    const ran = await mirrorctl(place.at(), "sync", "--config", place.at("part.toml"));
    expect(ran).toMatchObject({ status: 0 });
    const tree = place.at("mirrors/part/latest");
    const paths = [...(await sumsBelow(tree)).keys()];
    expect(paths.filter((path) => /arm64|contrib|source|\.dsc|\.diff/.test(path))).toEqual([]);
    const part = { suites: ["stable"], components: ["main"], architectures: ["amd64"] };
    const verdict = await judgeMirror(tree, { ...part, keyring: place.publicKey });
    expect(verdict).toMatchObject({ violations: [], extra: [] });
    const client = await place.client("apt-part", `deb ${place.web.url}part/latest stable main\n`, {
      configuration: ASKS_FOR_ALL,
    });
    expect(await client.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await client.download("hello")).toMatchObject({ exitCode: 0, warnings: [] });
  });

  it("apt downloads packages and sources byte for byte", async () => {
    expect(await all.download("extra")).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await all.source("hello")).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const made = new Map(
      [...(await sumsBelow(place.archive, "pool"))].map(([path, sum]) => [basename(path), sum]),
    );
    const debs = readdirSync(all.archives).filter((name) => name.endsWith(".deb"));
    const fetched = [
      ...(await sumsOf(all.archives, debs)),
      ...(await sumsBelow(join(all.archives, "../../source"))),
    ];
    expect(fetched.length).toBe(8);
    for (const [name, sum] of fetched) {
      expect([name, sum]).toEqual([name, made.get(name.replace(/_\d+%3a/, "_"))]);
    }
  });

  it("apt that insists on by-hash finds each index there", async () => {
    const configuration = `${ASKS_FOR_ALL}Acquire::By-Hash "force";\n`;
    const client = await place.client("apt-by-hash", sources(), { configuration });
    const since = (await place.web.requests()).length;
    expect(await client.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const requests = await asked(since);
    expect(requests.filter((line) => !/^200 (InRelease$|.*\/?by-hash\/)/.test(line))).toEqual([]);
    expect(requests.length).toBeGreaterThan(15);
  });

  it("apt-file finds what it looks for in the Contents of the suite and of the component", async () => {
    const search = (name: string, key: string) => async () => {
      const configuration = `Acquire::IndexTargets::deb::Contents-deb {
  MetaKey "${key}"; ShortDescription "Contents"; Description "Contents"; KeepCompressed "true"; };
Acquire::IndexTargets::deb::Contents-deb::PDiffs "true";
apt-file::Index-Names "deb";
`;
      const client = await place.client(name, sources(), { configuration });
      const updated = await client.run("apt-file", ["update"]);
      expect(updated).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      return (await client.run("apt-file", ["search", "doc/extra/README"])).stdout;
    };
    const [suiteLevel, componentLevel] = await Promise.all([
      search("apt-file-suite", "Contents-$(ARCHITECTURE)")(),
      search("apt-file-component", "$(COMPONENT)/Contents-$(ARCHITECTURE)")(),
    ]);
    expect(componentLevel).toBe("extra: /usr/share/doc/extra/README\n");
    expect(suiteLevel).toBe(componentLevel);
  });

  it("apt that knows the indices of before follows by patches, and finds the new package", async () => {
    const plain = await place.client("apt-pdiffs", sources());
    expect(await plain.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const before = await sumsBelow(place.tree);
    await add("main", [{ name: "package-7", version: "2.0" }]);
    await suite.publish();
    expect(await place.sync()).toMatchObject({ outcome: "changed", warnings: [] });
    const since = (await place.web.requests()).length;
    expect(await plain.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const requests = await asked(since);
    expect(requests).toContain("200 main/binary-amd64/Packages.diff/2026-01-01-0000.00.gz");
    expect(requests.filter((line) => /binary-amd64\/(Packages\.[^d]|by-hash)/.test(line))).toEqual(
      [],
    );
    expect(await plain.download("package-7=2.0")).toMatchObject({ exitCode: 0, warnings: [] });
    expect(await all.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect((await asked(0)).filter((line) => !/^(200|304) /.test(line))).toEqual([]);

    const verdict = await place.judge(wanted);
    expect(verdict.violations).toEqual([]);
    const after = await sumsBelow(place.tree);
    expect(verdict.extra.filter((path) => before.get(path) !== after.get(path))).toEqual([]);
    expect(verdict.extra.filter((path) => !path.includes("/by-hash/"))).toEqual([]);
    expect(verdict.extra.length).toBeGreaterThan(0);
  });
});
