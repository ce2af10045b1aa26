import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { type AptClient, describeNeeds } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePackages, writeSource } from "../packages.js";
import { openWorkplace, type Workplace } from "../workplace.js";
import { type Reprepro, reprepro } from "./reprepro.js";
import { sumsBelow, sumsOf } from "./sums.js";

const TOOLS = [
  "apt-file",
  "apt-get",
  "dpkg-source",
  "gpg",
  "gpgv",
  "nginx",
  "patch",
  "reprepro",
  "rredtool",
  "sha256sum",
];

const DISTRIBUTIONS = `Origin: Makers
Label: Makers
Suite: stable
Codename: bookworm
Version: 12.0
Architectures: amd64 arm64 source
Components: main contrib
UDebComponents: main
Description: Kept by reprepro
DebIndices: Packages Release . .gz .xz .bz2
UDebIndices: Packages . .gz .xz
DscIndices: Sources Release .gz .xz
Contents: . .gz percomponent allcomponents udebs
SignWith: yes

Origin: Makers
Label: Makers-Security
Suite: stable/updates
Codename: bookworm/updates
FakeComponentPrefix: updates
Architectures: amd64 arm64 source
Components: main contrib
UDebComponents: main
DebIndices: Packages Release .xz
DscIndices: Sources Release .xz
Contents: .gz udebs
SignWith: yes

Origin: Makers
Label: Makers
Codename: sid
Architectures: amd64 arm64 source
Components: main contrib
DebIndices: Packages Release . .gz /usr/bin/rredtool
SignWith: yes
`;

/** Written by reprepro for its own users; neither apt nor Debian's archive knows such a name. */
const isOther = (path: string) => /\/uContents-/.test(path);

describeNeeds(describe, TOOLS, "an archive that reprepro keeps", () => {
  let place: Workplace;
  let keep: Reprepro;
  let apt: AptClient;
  const everything = {
    suites: ["bookworm", "bookworm/updates", "sid"],
    components: ["main", "contrib"],
    architectures: ["amd64", "arm64"],
    sources: true,
    whole: true,
    excused: isOther,
  };
  const add = async (suite: string, kind: "deb" | "udeb", paths: readonly string[]) =>
    void (await keep("--component", "main", `include${kind}`, suite, ...paths));

  beforeAll(async () => {
    place = await openWorkplace(`suites = ["bookworm", "bookworm/updates", "sid"]
sections = ["main", "contrib"]
architectures = ["amd64", "arm64"]
mirror_source = true
indices = { installer = true, pdiffs = true }
`);
    keep = reprepro(place.archive, place.keyring, DISTRIBUTIONS);
    const made = place.at("packages");
    const [hello = "", library = "", foreign = "", common = "", udeb = "", ...contrib] =
      await writePackages(made, [
        { name: "hello", version: "1:2.12~rc1+b1-1", depends: "libhello1 (>= 1.0), common" },
        { name: "libhello1", version: "1.0-1" },
        { name: "libhello1", version: "1.0-1", architecture: "arm64" },
        { name: "common", version: "1.0", architecture: "all" },
        { name: "netcfg", version: "1.0", udeb: true },
        { name: "extra", version: "1", section: "contrib/misc", depends: "hello" },
        { name: "extra-data", version: "1", section: "contrib/misc" },
        { name: "extra-tools", version: "1", section: "contrib/misc" },
      ]);
    const [fixed = ""] = await writePackages(made, [
      { name: "libhello1", version: "1.0-1+deb12u1" },
    ]);
    await add("bookworm", "deb", [hello, library, foreign, common]);
    await add("bookworm", "udeb", [udeb]);
    await keep("--component", "contrib", "includedeb", "bookworm", ...contrib);
    const dsc = await writeSource(made, "hello", "2.12-1");
    await keep("-S", "misc", "-P", "optional", "includedsc", "bookworm", dsc);
    await add("bookworm/updates", "deb", [fixed]);
    await add("bookworm/updates", "udeb", [udeb]);
    await add("sid", "deb", [library, common]);
    expect(await place.sync()).toMatchObject({ warnings: [] });
    const lines = ["bookworm main contrib", "bookworm/updates main", "sid main"].flatMap((suite) =>
      ["deb", "deb-src"].map((kind) => `${kind} ${place.url} ${suite}\n`),
    );
    apt = await place.client("apt", lines.join(""));
  });
  afterAll(() => place?.close());

  it("is mirrored file by file, with nothing besides", async () => {
    const theirs = await sumsBelow(place.archive, "dists");
    for (const [path, sum] of await sumsBelow(place.archive, "pool")) theirs.set(path, sum);
    const ours = await sumsBelow(place.tree);
    const wanted = [...theirs].filter(([path]) => !isOther(path));
    expect(wanted.filter(([path, sum]) => ours.get(path) !== sum)).toEqual([]);
    expect(wanted.length).toBeGreaterThan(80);
    expect(await place.judge(everything)).toMatchObject({ violations: [], extra: [], suites: 3 });
  });

  it("apt updates from it without a warning, on each architecture", async () => {
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const foreign = await place.client("apt-arm64", `deb ${place.url} bookworm main contrib\n`, {
      architecture: "arm64",
    });
    expect(await foreign.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await foreign.download("libhello1")).toMatchObject({ exitCode: 0, warnings: [] });
    expect(readdirSync(foreign.archives)).toContain("libhello1_1.0-1_arm64.deb");
  });

  it("apt downloads packages and their dependencies from two suites, byte for byte", async () => {
    expect(await apt.download("extra")).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const names = readdirSync(apt.archives).filter((name) => name.endsWith(".deb"));
    expect(names.sort()).toEqual([
      "common_1.0_all.deb",
      "extra_1_amd64.deb",
      "hello_1%3a2.12~rc1+b1-1_amd64.deb",
      "libhello1_1.0-1+deb12u1_amd64.deb",
    ]);
    const found = await sumsOf(apt.archives, names);
    const made = await sumsBelow(place.at("packages"));
    for (const [name, sum] of found) {
      // apt writes the epoch into its own names, archives leave it out.
      expect([name, sum]).toEqual([name, made.get(name.replace(/_\d+%3a/, "_"))]);
    }
  });

  it("apt downloads a source package with all of its files", async () => {
    expect(await apt.source("hello")).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const found = await sumsBelow(join(apt.archives, "../../source"));
    expect([...found.keys()].sort()).toEqual([
      "hello_2.12-1.debian.tar.xz",
      "hello_2.12-1.dsc",
      "hello_2.12.orig.tar.xz",
      "hello_2.12.orig.tar.xz.asc",
    ]);
    expect(found).toEqual(await sumsOf(place.at("packages"), [...found.keys()]));
  });

  it("apt-file updates from it and finds what packages and packages of the installer install", async () => {
    const configuration = `${readFileSync("/etc/apt/apt.conf.d/50apt-file.conf", "utf8")}
Acquire::IndexTargets::deb::Contents-udeb::DefaultEnabled "true";
`;
    const sources = `deb ${place.url} bookworm main contrib\ndeb ${place.url} bookworm/updates main\n`;
    const client = await place.client("apt-file", sources, { configuration });
    const updated = await client.run("apt-file", ["update"]);
    expect(updated).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const search = async (...args: string[]) =>
      (await client.run("apt-file", ["search", ...args])).stdout;
    expect(await search("doc/hello/README")).toBe("hello: /usr/share/doc/hello/README\n");
    expect(await search("doc/extra/")).toBe("extra: /usr/share/doc/extra/README\n");
    expect(await search("--index-names", "udeb", "netcfg")).toMatch(/^netcfg: \//);
  });

  it("apt downloads a package of the installer by the installer's own component", async () => {
    const sources = `deb ${place.url} bookworm main main/debian-installer\n`;
    const client = await place.client("apt-udeb", sources);
    expect(await client.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const got = await client.run("apt-get", ["download", "netcfg"]);
    expect(got).toMatchObject({ exitCode: 0, errors: [] });
    const [[name = "", sum] = []] = await sumsBelow(join(client.archives, "../../source"));
    expect(basename(name)).toMatch(/^netcfg_1\.0_amd64\.u?deb$/);
    expect(sum).toBe((await sumsBelow(place.at("packages"))).get("netcfg_1.0_amd64.udeb"));
  });

  it("clients follow what was added and removed, and nothing of before is left but what is carried", async () => {
    const before = await sumsBelow(place.tree);
    const [newer = "", fresh = "", udeb = ""] = await writePackages(place.at("packages"), [
      { name: "hello", version: "1:2.12-1", depends: "common" },
      { name: "newcomer", version: "1", architecture: "all" },
      { name: "netcfg", version: "1.1", udeb: true },
    ]);
    await add("bookworm", "deb", [newer, fresh]);
    await add("bookworm", "udeb", [udeb]);
    await keep("remove", "bookworm", "extra");
    await add("sid", "deb", [fresh]);
    const { outcome, warnings } = await place.sync();
    // rredtool knows only SHA1, which says nothing: its patches stay out.
    expect([outcome, warnings.map(({ code }) => code)]).toEqual([
      "changed",
      ["WARN_SYNC_PDIFFS_LEFT_OUT", "WARN_SYNC_PDIFFS_LEFT_OUT"],
    ]);
    const isLeftOut = (path: string) => isOther(path) || path.includes("Packages.diff/Index");
    const verdict = await place.judge({ ...everything, excused: isLeftOut });
    expect(verdict.violations).toEqual([]);
    const after = await sumsBelow(place.tree);
    expect(verdict.extra.filter((path) => before.get(path) !== after.get(path))).toEqual([]);
    expect(verdict.extra).toEqual([
      "pool/contrib/e/extra/extra_1_amd64.deb",
      "pool/main/h/hello/hello_2.12~rc1+b1-1_amd64.deb",
    ]);

    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    rmSync(join(apt.archives, "common_1.0_all.deb"));
    const got = await apt.download("hello=1:2.12-1", "newcomer");
    expect(got).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect((await apt.download("extra")).exitCode).toBe(100);
    const refused = (await place.web.requests()).filter(({ status }) => status >= 400);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter(({ path }) => !path.endsWith("Packages.diff/Index"))).toEqual([]);
  });
});
