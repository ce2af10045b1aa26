import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import type { SuiteReport } from "@mirror/sync";
import {
  type AptClient,
  aptClient,
  createKey,
  createRepository,
  describeNeeds,
  runTool,
  type SuiteSpec,
  serve,
  type TestKey,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { clientKeys } from "../src/client-keys.js";
import { needsKeyFile, releasesOf, suitesOfRelease } from "../src/client-release.js";
import { placeKeys } from "../src/place-keys.js";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const WELL = { warnings: [], errors: [], exitCode: 0 };

let debian: TestKey;
let ubuntu: TestKey;
let other: TestKey;

beforeAll(async () => {
  [debian, ubuntu, other] = await Promise.all([createKey(), createKey(), createKey()]);
});

describe("the suites of a release", () => {
  const suites = [
    { suite: "stable", codename: "bookworm" },
    { suite: "stable-updates", codename: "bookworm-updates" },
    { suite: "buster/updates", codename: "buster" },
    { suite: "noble" },
    { suite: "noble-security", codename: "noble" },
    { suite: "nobler" },
    { suite: "./" },
    { suite: "jammy/" },
  ];
  const named = (release: string) => suitesOfRelease(suites, release).map(({ suite }) => suite);

  test("are those of its name or its codename, also with more behind a dash or a slash", () => {
    expect(named("bookworm")).toEqual(["stable", "stable-updates"]);
    expect(named("stable")).toEqual(["stable", "stable-updates"]);
    expect(named("buster")).toEqual(["buster/updates"]);
    expect(named("noble")).toEqual(["noble", "noble-security"]);
    expect(named("jammy")).toEqual(["jammy/"]);
    expect(named("nob")).toEqual([]);
    expect(named("updates")).toEqual([]);
  });

  test("are offered under every name that a release has", () => {
    const expected = ["bookworm", "buster", "jammy", "noble", "nobler", "stable"];
    expect(releasesOf(suites)).toEqual(expected);
    expect(releasesOf([{ suite: "./" }])).toEqual([]);
  });

  test("are for clients whose apt may be too old for keys inside a source", () => {
    expect(needsKeyFile(["bookworm", "noble", "jammy", "sid"])).toBe(false);
    expect(needsKeyFile(["noble", "focal"])).toBe(true);
    expect(needsKeyFile(["bullseye"])).toBe(true);
  });
});

describe("the keys of a source", () => {
  const keys = { fingerprints: ["A"], armored: "-----BEGIN\n\nabc\n-----END\n" };
  const place = { fallback: "/etc/apt/keyrings/m.asc", needsFile: false, command: "cmd --key" };

  test("are inside it, or in a file where the client's apt wants one or somebody asks for it", () => {
    expect(placeKeys(keys, place)).toEqual({ kind: "inside", armored: keys.armored });
    const command = "cmd --key";
    const fallback = { kind: "file", path: place.fallback, command };
    expect(placeKeys(keys, { ...place, needsFile: true })).toEqual(fallback);
    const file = (asked: string) => placeKeys(keys, { ...place, asked });
    expect(file("/k.asc")).toEqual({ kind: "file", path: "/k.asc", command });
    expect(file("/k.gpg")).toMatchObject({ command: "cmd --key | gpg --dearmor" });
    expect(placeKeys(undefined, place)).toEqual({ kind: "unchecked" });
  });

  test("are the distribution's own where its machines have them", () => {
    const installed = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const own = { ...keys, installed };
    const there = { kind: "file", path: installed };
    expect(placeKeys(own, place)).toEqual(there);
    expect(placeKeys(own, { ...place, needsFile: true })).toEqual(there);
    expect(placeKeys(own, { ...place, asked: installed })).toEqual(there);
    expect(placeKeys(own, { ...place, asked: "/k.asc" })).toMatchObject({ path: "/k.asc" });
  });
});

describe("the keys that clients need", () => {
  const ARCHIVE = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const suite = (...keys: TestKey[]) => ({
    suite: "stable",
    signedBy: keys.map(({ fingerprint }) => fingerprint),
  });
  const nowhere = {} as SealedTree;
  const file = (name: string, ...keys: TestKey[]) => {
    const bytes = Buffer.concat(keys.map((key) => key.binaryPublic));
    return { name, bytes, named: false };
  };
  const keysOf = async (suites: SuiteReport[], ...files: ReturnType<typeof file>[]) => {
    const [signed] = await clientKeys(nowhere, suites, () => readKeyring(files));
    return signed?.keys;
  };

  test("are on every machine of the distribution where its own keyring has them all", async () => {
    const both = file(ARCHIVE.replace(".gpg", ".pgp"), debian, ubuntu);
    const parts = file("/etc/apt/trusted.gpg.d/debian.asc", debian, other);
    expect(await keysOf([suite(debian)], parts, both)).toMatchObject({ installed: ARCHIVE });
    const two = await keysOf([suite(debian), suite(ubuntu)], both, parts);
    expect(two).toMatchObject({ installed: ARCHIVE });
    expect(two?.fingerprints).toEqual([debian, ubuntu].map((key) => key.fingerprint).sort());
    const elsewhere = file("/srv/usr/share/keyrings/debian-archive-keyring.gpg", debian);
    const third = file("/usr/share/keyrings/other-archive-keyring.gpg", debian);
    for (const files of [[parts], [elsewhere], [third]])
      expect(await keysOf([suite(debian)], ...files)).not.toHaveProperty("installed");
    expect(await keysOf([suite(debian, other)], both, parts)).not.toHaveProperty("installed");
  });

  test("are those of the signers that are still known, of which there must be one", async () => {
    const known = file("k.gpg", debian, ubuntu);
    const keys = await keysOf([suite(other, debian)], known);
    expect(keys?.fingerprints).toEqual([debian.fingerprint]);
    await expect(keysOf([suite(other)], known)).rejects.toMatchObject({
      code: "ERR_CLI_NO_CLIENT_KEY",
    });
    expect(await keysOf([suite()], known)).toBeUndefined();
  });
});

/** A client without any key or source of its own. */
async function clientOf(workshop: Workshop, name: string, sources: string): Promise<AptClient> {
  const root = join(workshop.root, `client-${name}`);
  mkdirSync(root);
  return aptClient({ root, sources });
}

/** Lets a client that has nothing else update from a source and download from it. */
async function expectUse(workshop: Workshop, name: string, sources: string, ...packages: string[]) {
  const apt = await clientOf(workshop, name, sources);
  expect([name, await apt.update()]).toEqual([name, expect.objectContaining(WELL)]);
  for (const one of packages) expect(await apt.download(one)).toMatchObject(WELL);
}

async function webOf(workshop: Workshop): Promise<string> {
  const web = await serve(workshop.dir);
  onTestFinished(() => web.close());
  return web.url;
}

const sourceOf = async (workshop: Workshop, url: string, ...words: string[]) => {
  const line = ["generate", "apt-source", "--base-url", url, ...words];
  const { status, stdout, stderr } = await workshop.run(...line);
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
};

const fingerprintsIn = async (text: string) => {
  const [block = ""] = /-----BEGIN[\s\S]*?-----END [A-Z ]+-----/.exec(text) ?? [];
  const armored = block.replace(/^ \.?/gm, "");
  const keyring = await readKeyring([{ name: "k", bytes: Buffer.from(armored), named: true }]);
  return keyring.keys.map(({ fingerprint }) => fingerprint);
};

describe("generate apt-source", () => {
  test("points at production, an environment or a snapshot", async () => {
    const workshop = await openWorkshop(["1"]);
    const uri = async (...words: string[]) => {
      const { stdout } = await workshop.run("generate", "apt-source", "demo", ...words);
      return /^URIs: (.*)$/m.exec(stdout)?.[1];
    };
    const base = ["--base-url", "https://m.example/apt/"];
    expect(await uri()).toBe("http://mirror.example/demo/current");
    expect(await uri(...base)).toBe("https://m.example/apt/demo/current");
    expect(await uri(...base, "--env", "staging")).toBe("https://m.example/apt/demo/staging");
    expect(await uri(...base, "--snapshot", "s1")).toBe("https://m.example/apt/demo/snapshots/s1");
    const { document } = await workshop.succeed("generate", "apt-source", ...base);
    expect(document.text).toContain("\nCheck-Valid-Until: no\nSigned-By:\n -----BEGIN PGP ");
  });

  test("names what the tree has, not what the configuration says today", async () => {
    const workshop = await openWorkshop(["1"]);
    await workshop.configure({ demo: "mirror_source = true\nfilters.keep_versions = 1" });
    expect((await workshop.run("generate", "apt-source")).stdout).toContain("\nTypes: deb\n");
    await workshop.repository.publish({ suites: { stable: { sources: [] } } });
    await workshop.succeed("sync");
    const { stdout } = await workshop.run("generate", "apt-source");
    expect(stdout).toContain("\nTypes: deb deb-src\n");
  });

  test("names a file for clients of releases whose apt is too old, and how to make it", async () => {
    const workshop = await openWorkshop();
    await workshop.repository.publish({ suites: { stable: { codename: "focal" } } });
    await workshop.succeed("sync");
    for (const words of [[], ["--client", "focal"]]) {
      const { stdout } = await workshop.run("generate", "apt-source", ...words);
      expect(stdout).toContain("\nSigned-By: /etc/apt/keyrings/demo.asc\n");
      const [, command = ""] = /: mirrorctl (.*)$/m.exec(stdout) ?? [];
      expect((await mirrorctl(command.split(" "))).stdout).toMatch(/^-----BEGIN PGP PUBLIC KEY/);
    }
  });

  test("says where nobody checks signatures, and asks for no key that is not needed", async () => {
    const workshop = await openWorkshop([], { demo: "no_pgp_check = true" });
    await workshop.succeed("sync");
    const { stdout } = await workshop.run("generate", "apt-source");
    expect(stdout).toMatch(/^# the mirror checks no signature/m);
    expect(stdout).not.toContain("Signed-By");
    const alone = await workshop.tell("generate", "apt-source", "--key");
    expect(alone).toMatchObject({ status: 1, code: "ERR_CLI_NO_CLIENT_KEY" });
    const given = await workshop.run("generate", "apt-source", "--signed-by", "/k.asc");
    expect(given.stdout).toContain("\nSigned-By: /k.asc\n");
  });

  test("needs a key that signed, unless it is told where clients have it", async () => {
    const workshop = await openWorkshop(["1"]);
    writeFileSync(workshop.keyring, other.armoredPublic);
    const gone = await workshop.tell("generate", "apt-source");
    expect(gone).toMatchObject({ status: 1, code: "ERR_CLI_NO_CLIENT_KEY" });
    expect(gone.hint).toContain("--signed-by");
    for (const content of [other.armoredPublic, "no key at all"]) {
      writeFileSync(workshop.keyring, content);
      const given = await workshop.run("generate", "apt-source", "--signed-by", "/k.asc");
      expect(given.stdout).toContain("\nSigned-By: /k.asc\n");
    }
  });

  test("passes over a mirror that has nothing yet, and fails where none has", async () => {
    const workshop = await openWorkshop([], { demo: "", empty: "" });
    const nothing = await workshop.tell("generate", "apt-source");
    expect(nothing).toMatchObject({ status: 1, code: "ERR_CLI_NOTHING_SHOWN" });
    await workshop.succeed("sync", "demo");
    const { status, stdout, stderr } = await workshop.run("generate", "apt-source");
    expect([status, stderr]).toEqual([0, expect.stringContaining("empty has nothing for clients")]);
    expect(stdout).toContain("/demo/current\n");
    expect(stdout).not.toContain("/empty/");
  });

  test.each([
    [["--env", "stagign"], "ERR_CLI_UNKNOWN_ENVIRONMENT"],
    [["--snapshot", "s9"], "ERR_CLI_UNKNOWN_SNAPSHOT"],
    [["--snapshot", "s1", "--env", "staging"], "ERR_CLI_USAGE"],
    [["--base-url", "mirror.example"], "ERR_CLI_USAGE"],
    [["--base-url", "http://a b/"], "ERR_CLI_USAGE"],
    [["--client", "stabel"], "ERR_CLI_UNKNOWN_RELEASE"],
    [["--signed-by", "k.asc"], "ERR_CLI_USAGE"],
    [["--signed-by", "/k,l.asc"], "ERR_CLI_USAGE"],
    [["--signed-by", "/k.txt"], "ERR_CLI_USAGE"],
    [["--signed-by", "/k.asc", "--key"], "ERR_CLI_USAGE"],
  ])("refuses %j", async (words, code) => {
    const workshop = await openWorkshop(["1"]);
    const told = await workshop.tell("generate", "apt-source", "demo", ...words);
    expect(told).toMatchObject({ status: 1, code });
  });
});

describeNeeds(describe, ["apt-get"], "a printed source is all that apt needs", () => {
  test("of production, an environment and a snapshot, each of a tree of its own", async () => {
    const workshop = await openWorkshop(["1", "2", "3"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const url = await webOf(workshop);
    await expectUse(workshop, "production", await sourceOf(workshop, url), "hello=1");
    const staging = await sourceOf(workshop, url, "--env", "staging");
    await expectUse(workshop, "staging", staging, "hello=2");
    const snapshot = await sourceOf(workshop, url, "--snapshot", "s3");
    await expectUse(workshop, "snapshot", snapshot, "hello=3");
    expect(staging).toContain("\nCheck-Valid-Until: no\n");
  });

  test("of a Release that has expired since", async () => {
    const workshop = await openWorkshop();
    const validUntil = new Date(Date.now() + 3_000);
    await workshop.repository.publish({ suites: { stable: { validUntil } } });
    await workshop.succeed("sync");
    await workshop.succeed("snapshot", "create", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s1", "--no-gate");
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const source = await sourceOf(workshop, await webOf(workshop));
    await expectUse(workshop, "late", source, "hello=1.0");
    const strict = source.replace("Check-Valid-Until: no\n", "");
    const apt = await clientOf(workshop, "strict", strict);
    expect((await apt.update()).exitCode).not.toBe(0);
  });

  test("where the mirror signs itself: its key and not upstream's", async () => {
    const workshop = await openWorkshop();
    const key = join(workshop.root, "mirror.key");
    writeFileSync(key, other.armoredPrivate, { mode: 0o600 });
    await workshop.configure({
      demo: `filters.include_patterns = ["^hello$"]\nsign.key_path = "${key}"`,
    });
    await workshop.succeed("sync");
    await workshop.succeed("snapshot", "create", "demo", "s1");
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const source = await sourceOf(workshop, await webOf(workshop));
    expect(await fingerprintsIn(source)).toEqual([other.fingerprint]);
    await expectUse(workshop, "own", source, "hello=1.0");
  });

  test("with the key in a file, as it is printed alone", async () => {
    const workshop = await openWorkshop(["1"]);
    const url = await webOf(workshop);
    const { stdout: armored } = await workshop.run("generate", "apt-source", "demo", "--key");
    const gpg = await runTool("gpg", ["--dearmor"], { input: Buffer.from(armored) });
    for (const [ending, bytes] of [
      ["asc", armored],
      ["gpg", gpg.stdout],
    ] as const) {
      const path = join(workshop.root, `client.${ending}`);
      writeFileSync(path, bytes);
      const source = await sourceOf(workshop, url, "--signed-by", path);
      expect(source).toContain(`\nSigned-By: ${path}\n`);
      const command = /^# .*: (mirrorctl generate apt-source demo --key -c \S+)(.*)$/m.exec(source);
      expect(command?.[2]).toBe(ending === "gpg" ? " | gpg --dearmor" : "");
      await workshop.succeed("snapshot", "publish", "demo", "s1");
      await expectUse(workshop, ending, source, "hello=1");
    }
  });

  test("for clients of one release among several, with the keys of its suites alone", async () => {
    const workshop = await openReleases();
    const url = await webOf(workshop);
    const client = (release: string) => sourceOf(workshop, url, "--client", release);
    const noble = await client("noble");
    expect(noble).toContain("\nSuites: noble noble-updates\nComponents: main universe\n");
    expect(await fingerprintsIn(noble)).toEqual([ubuntu.fingerprint]);
    await expectUse(workshop, "noble", noble, "editor=24.04", "game=1", "patch=2");
    const jammy = await client("jammy");
    expect(jammy).toContain("\nSuites: jammy\nComponents: main\n");
    await expectUse(workshop, "jammy", jammy, "editor=22.04");
    const bookworm = await client("bookworm");
    expect(bookworm).toContain("\nSuites: stable\n");
    expect(await fingerprintsIn(bookworm)).toEqual([debian.fingerprint]);
    await expectUse(workshop, "bookworm", bookworm, "editor=12");
    const all = await sourceOf(workshop, url);
    expect(await fingerprintsIn(all)).toEqual([debian.fingerprint, ubuntu.fingerprint].sort());
    expect(all.match(/^Suites: .*$/gm)).toEqual([
      "Suites: noble noble-updates",
      "Suites: jammy stable",
      "Suites: /",
    ]);
    await expectUse(workshop, "all", all, "editor=24.04", "editor=12", "tool=1");

    const unknown = await workshop.tell("generate", "apt-source", "--client", "nobel");
    expect(unknown).toMatchObject({ status: 1, code: "ERR_CLI_UNKNOWN_RELEASE" });
    const { expected } = unknown.document.error.facts;
    expect(expected).toBe("bookworm, jammy, noble, stable");
  });
});

/** Two distributions, three releases and a flat suite in one mirror, whose keyring has another key too. */
async function openReleases(): Promise<Workshop> {
  const workshop = await openWorkshop();
  const editor = (version: string) => ({ package: "editor", version });
  const suites: SuiteSpec[] = [
    {
      suite: "noble",
      keys: [ubuntu],
      components: ["main", "universe"],
      packages: [editor("24.04"), { package: "game", version: "1", component: "universe" }],
    },
    {
      suite: "noble-updates",
      codename: "noble",
      keys: [ubuntu],
      components: ["main", "universe"],
      packages: [{ package: "patch", version: "2" }],
    },
    { suite: "jammy", keys: [ubuntu], packages: [editor("22.04")] },
    { suite: "stable", codename: "bookworm", keys: [debian], packages: [editor("12")] },
    { suite: "./", keys: [debian], packages: [{ package: "tool", version: "1" }] },
  ];
  const repository = await createRepository(join(workshop.root, "releases"), { suites });
  const server = await serve(repository.directory);
  onTestFinished(() => server.close());
  const keyring = join(workshop.root, "all.gpg");
  writeFileSync(keyring, Buffer.concat([debian, other, ubuntu].map((key) => key.binaryPublic)));
  const names = suites.map(({ suite }) => `"${suite}"`).join(", ");
  await workshop.configure({
    demo: `url = "${server.url}"\nsuites = [${names}]\nsections = ["main", "universe"]
architectures = ["amd64"]\npgp_key_path = "${keyring}"`,
  });
  await workshop.succeed("sync");
  await workshop.succeed("snapshot", "create", "demo", "s1");
  await workshop.succeed("snapshot", "publish", "demo", "s1");
  return workshop;
}
