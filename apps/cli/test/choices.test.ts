import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MirrorConfig } from "@mirror/config";
import { cipherSuiteNames } from "@mirror/fetch";
import { createCertificate, describeNeeds, temporaryDirectory } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { cipherSuiteNames as configurable } from "../../../packages/config/src/cipher-suites.js";
import { readAuthorities } from "../src/ca.js";
import { CliError } from "../src/error.js";
import { readSystemKeyrings, systemKeyringPaths } from "../src/keyrings.js";
import { proxyOf } from "../src/proxy.js";
import { selectMirrors } from "../src/select-mirrors.js";
import { suggest } from "../src/suggest.js";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

const mirror = (id: string, proxy?: string) =>
  ({ id, ...(proxy === undefined ? {} : { proxy }) }) as MirrorConfig;

async function place(): Promise<string> {
  const directory = await temporaryDirectory("cli-");
  onTestFinished(() => directory.remove());
  return directory.path;
}

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CliError) return error.code;
    throw error;
  }
  return undefined;
}

describe("the mirrors of a run", () => {
  const mirrors = ["ubuntu-noble", "ubuntu-jammy", "debian", "a_b"].map((id) => mirror(id));
  const select = async (...patterns: string[]) =>
    (await selectMirrors(mirrors, patterns)).map(({ id }) => id);

  test("are all where none is named", async () => {
    expect(await select()).toEqual(["ubuntu-noble", "ubuntu-jammy", "debian", "a_b"]);
  });

  test("are those that names and globs match, once, in the order of the configuration", async () => {
    expect(await select("debian", "ubuntu*", "ubuntu-noble")).toEqual([
      "ubuntu-noble",
      "ubuntu-jammy",
      "debian",
    ]);
    expect(await select("a?b")).toEqual(["a_b"]);
    expect(await select("ubuntu-[jk]ammy")).toEqual(["ubuntu-jammy"]);
    expect(await select("[!ud]*")).toEqual(["a_b"]);
    expect(await select("{debian,a_b}")).toEqual(["debian", "a_b"]);
  });

  test("do not come from patterns of another language", async () => {
    for (const pattern of ["ubuntu.*", "!debian", "debian$", "", "de+bian", "\\w+"]) {
      expect(await codeOf(() => select(pattern))).toBe("ERR_CLI_UNKNOWN_MIRROR");
    }
  });

  test("that are unknown fail the run, naming those that there are", async () => {
    expect(await codeOf(() => select("debian", "ubuntu-nobel"))).toBe("ERR_CLI_UNKNOWN_MIRROR");
    await expect(select("ubuntu-nobel")).rejects.toThrow(/ubuntu-noble, ubuntu-jammy, debian, a_b/);
  });
});

test("a suggestion is made for typing errors and abbreviations only", () => {
  const known = ["dry-run", "json", "wait", "quiet"];
  expect(
    ["dyr-run", "dry", "jsno", "quite", "speed", "x"].map((word) => suggest(word, known)),
  ).toEqual(["dry-run", "dry-run", "json", "quiet", undefined, undefined]);
});

describe("the system's keyrings", () => {
  test("are what apt trusts and the distribution's archive keyring, and nothing else", async () => {
    const root = await place();
    const places = {
      parts: join(root, "trusted.gpg.d"),
      single: join(root, "trusted.gpg"),
      shared: join(root, "keyrings"),
    };
    await mkdir(places.parts);
    await mkdir(places.shared);
    const touch = (...path: string[]) => writeFile(join(root, ...path), path.join("/"));
    await touch("trusted.gpg");
    for (const name of ["b.asc", "a.gpg", "c.gpg~", ".d.gpg", "e.txt", "old-removed-keys.gpg"]) {
      await touch("trusted.gpg.d", name);
    }
    for (const name of [
      "debian-archive-keyring.gpg",
      "ubuntu-archive-keyring.asc",
      "debian-archive-removed-keys.gpg",
      "ubuntu-archive-removed-keys.gpg",
      "nodesource.gpg",
      "debian-archive-bookworm-stable.gpg",
    ]) {
      await touch("keyrings", name);
    }
    expect(await systemKeyringPaths(places)).toEqual([
      join(places.parts, "a.gpg"),
      join(places.parts, "b.asc"),
      places.single,
      join(places.shared, "debian-archive-keyring.gpg"),
      join(places.shared, "ubuntu-archive-keyring.asc"),
    ]);
    const files = await readSystemKeyrings(places);
    expect(files.every((file) => !file.named)).toBe(true);
  });

  test("that do not exist are an error that says where they were looked for", async () => {
    const root = await place();
    const places = {
      parts: join(root, "trusted.gpg.d"),
      single: join(root, "trusted.gpg"),
      shared: join(root, "keyrings"),
    };
    expect(await codeOf(() => readSystemKeyrings(places))).toBe("ERR_CLI_NO_KEYRING");
  });
});

describe("the proxy of a mirror", () => {
  const env = { http_proxy: "http://low:1", HTTP_PROXY: "http://UP:1", HTTPS_PROXY: "http://s:2" };

  test("is the environment's, lower case first, unless the mirror has its own", () => {
    expect(proxyOf(mirror("a"), { ...env, NO_PROXY: "localhost" })).toEqual({
      http: "http://low:1",
      https: "http://s:2",
      no: "localhost",
    });
    expect(proxyOf(mirror("a", "http://own:3"), env)).toEqual({
      http: "http://own:3",
      https: "http://own:3",
    });
  });

  test("is none where nothing or an empty value is set, or the mirror wants none", () => {
    expect(proxyOf(mirror("a"), { http_proxy: "" })).toBeUndefined();
    expect(proxyOf(mirror("a", "none"), env)).toBeUndefined();
  });
});

describeNeeds(describe, ["openssl"], "certificates to trust", () => {
  test("are the file of SSL_CERT_FILE, else the system's bundle, else Node's own", async () => {
    const root = await place();
    const named = join(root, "named.pem");
    const bundle = join(root, "bundle.pem");
    const { cert } = await createCertificate();
    await writeFile(named, cert);
    await writeFile(bundle, "bundle");
    expect(await readAuthorities({ SSL_CERT_FILE: named }, bundle)).toEqual({
      name: named,
      text: cert,
    });
    expect(await readAuthorities({ SSL_CERT_FILE: "" }, bundle)).toEqual({
      name: bundle,
      text: "bundle",
    });
    expect(await readAuthorities({}, join(root, "none.pem"))).toBeUndefined();
  });

  test("that SSL_CERT_FILE names and nobody can read are an error", async () => {
    const missing = join(await place(), "missing.pem");
    expect(await codeOf(() => readAuthorities({ SSL_CERT_FILE: missing }))).toBe(
      "ERR_CLI_UNREADABLE_FILE",
    );
  });

  test.each([
    ["nothing", () => ""],
    ["something else", () => "garbage"],
    ["one that is cut short", (cert: string) => cert.slice(0, cert.length / 2)],
  ])("that SSL_CERT_FILE names are never replaced in silence: it holds %s", async (_, make) => {
    const { cert } = await createCertificate();
    const upstream = await openUpstream();
    const file = join(upstream.root, "named.pem");
    await writeFile(file, make(cert));
    // The upstream speaks http: it may redirect to https.
    for (const words of [["sync"], ["sync", "--dry-run"], ["check", "config"]]) {
      const { status, stdout } = await mirrorctl([...words, "--json", "-c", upstream.config], {
        env: { SSL_CERT_FILE: file },
      });
      expect(status).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: "ERR_FETCH_BAD_TLS_FILE",
        hint: expect.stringContaining("SSL_CERT_FILE"),
        facts: { path: file },
      });
    }
    expect(existsSync(upstream.dir)).toBe(false);
  });
});

test("the configuration takes the cipher suites that the fetcher knows, and no others", () => {
  expect([...configurable].sort()).toEqual([...cipherSuiteNames].sort());
});
