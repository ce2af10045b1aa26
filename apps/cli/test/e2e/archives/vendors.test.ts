import { existsSync } from "node:fs";
import { describeNeeds, fingerprintTree } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { addByHash } from "./by-hash.js";
import {
  expectInstalls,
  expectSources,
  type Imitation,
  openImitation,
  TOOLS,
} from "./imitation.js";

describeNeeds(describe.concurrent, [...TOOLS, "bzip2"], "archives of vendors", () => {
  it("Docker keeps its pool below dists, a pool for each suite", async (test) => {
    const archive = await openImitation(test, "docker");
    for (const suite of ["bookworm", "trixie"]) {
      for (const architecture of ["amd64", "armhf"]) {
        const pool = `dists/${suite}/pool/stable/${architecture}`;
        const version = `5:24.0.7-1~debian~${suite}`;
        await archive.deb(pool, { name: "docker-ce", version, architecture });
        const index = `dists/${suite}/stable/binary-${architecture}/Packages`;
        await archive.pack(index, await archive.index(["packages", pool]), ["", "gz", "bz2"]);
      }
      await archive.sign(`dists/${suite}`, {
        Origin: "Docker",
        Label: "Docker CE",
        Suite: suite,
        Architectures: "amd64 armhf",
        Components: "edge nightly stable test",
      });
    }
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 2]);
    const apt = await archive.client();
    for (const suite of ["bookworm", "trixie"]) {
      const version = `5:24.0.7-1~debian~${suite}`;
      expect(await expectInstalls(apt, `docker-ce=${version}`)).toContain(
        `docker-ce_${version.replace(":", "%3a")}_amd64.deb`,
      );
    }
    expect(existsSync(archive.published("dists/bookworm/pool/stable/armhf"))).toBe(false);
    expect(existsSync(archive.published("pool"))).toBe(false);
  });

  it("MongoDB has slashes in its suites, packages beside their index, and no InRelease", async (test) => {
    const archive = await openImitation(test, "mongodb");
    for (const series of ["7.0", "8.0"]) {
      const suite = `dists/bookworm/mongodb-org/${series}`;
      const directory = `${suite}/main/binary-amd64`;
      await archive.deb(directory, { name: "mongodb-org", version: `${series}.5` });
      const packages = await archive.index(["packages", directory]);
      await archive.pack(`${directory}/Packages`, packages, ["", "gz"]);
      const fields = {
        Origin: "mongodb",
        Label: "mongodb",
        Suite: "debian",
        Codename: "bookworm/mongodb-org",
        Architectures: "amd64 arm64",
        Components: "main",
      };
      await archive.sign(suite, fields, { forms: "pair alone" });
    }
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 2]);
    const apt = await archive.client();
    await expectInstalls(apt, "mongodb-org=7.0.5");
    await expectInstalls(apt, "mongodb-org=8.0.5");
  });

  it("Mozilla has plain indices alone, and packages for every architecture in their own", async (test) => {
    const archive = await openImitation(test, "mozilla");
    const version = "128.0~build1";
    await archive.deb("pool/mozilla/firefox_128_amd64_5f1b.deb", { name: "firefox", version });
    const l10n = { name: "firefox-l10n-de", version, architecture: "all" };
    await archive.deb("pool/mozilla/firefox-l10n-de_128_all_77aa.deb", l10n);
    const stanzas = (await archive.index(["packages", "pool"])).split("\n\n");
    for (const architecture of ["all", "amd64"]) {
      const index = `dists/mozilla/main/binary-${architecture}`;
      const listed = stanzas.filter((one) => one.includes(`Architecture: ${architecture}`));
      await archive.pack(`${index}/Packages`, `${listed.join("\n\n")}\n`, [""]);
      addByHash(archive.at(index));
    }
    await archive.sign("dists/mozilla", {
      Origin: "mozilla",
      Suite: "mozilla",
      Codename: "mozilla",
      Architectures: "all amd64 arm64",
      Components: "main",
      "Acquire-By-Hash": "yes",
    });
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 2]);
    const apt = await archive.client();
    expect(await expectInstalls(apt, "firefox", "firefox-l10n-de")).toHaveLength(2);
  });
});

const ZABBIX = {
  Origin: "Zabbix",
  Suite: "bookworm",
  Codename: "bookworm",
  Architectures: "amd64 arm64",
  Components: "main",
};

async function openZabbix(test: TestContext): Promise<Imitation> {
  const archive = await openImitation(test, "zabbix");
  const pool = "pool/main/z/zabbix";
  await archive.deb(pool, { name: "zabbix-agent2", version: "1:7.0.0-1+debian12" });
  archive.source(pool, "zabbix-agent2", "7.0.0");
  const packages = await archive.index(["packages", "pool"]);
  await archive.pack("dists/bookworm/main/binary-amd64/Packages", packages, ["", "gz"]);
  const sources = await archive.index(["sources", "pool"]);
  await archive.pack("dists/bookworm/main/source/Sources", sources, ["", "gz"]);
  await archive.sign("dists/bookworm", ZABBIX);
  return archive;
}

describeNeeds(
  describe.concurrent,
  TOOLS,
  "an archive that serves another Sources than it signs",
  () => {
    const wrong = { kind: "content", body: "Package: other\n" } as const;

    it("is mirrored where its binaries alone are wanted", async (test) => {
      const archive = await openZabbix(test);
      archive.server.fault(/\/Sources/, wrong);
      archive.configureAsGuided();
      expect((await archive.publish()).warnings).toEqual([]);
      await expectInstalls(await archive.client(), "zabbix-agent2");
      expect(archive.server.requests.filter(({ file }) => file.includes("Sources"))).toEqual([]);
    });

    it("fails a mirror that wants sources and is told why; what is published stays", async (test) => {
      const archive = await openZabbix(test);
      archive.configureAsGuided("mirror_source = true\nretries = 0");
      await archive.publish();
      const apt = await archive.client();
      await expectInstalls(apt, "zabbix-agent2");
      await expectSources(apt, "zabbix-agent2");
      const before = await fingerprintTree(`${archive.published()}/`);

      await archive.pack("dists/bookworm/main/source/Sources", "\n", ["", "gz"]);
      await archive.sign("dists/bookworm", ZABBIX);
      archive.server.fault(/\/Sources/, wrong);
      const { code, message, status } = await archive.sync();
      expect([code, status]).toEqual(["ERR_SYNC_FILES_FAILED", 1]);
      expect(message).toContain(`${archive.url}dists/bookworm/main/source/Sources`);
      expect(await fingerprintTree(`${archive.published()}/`)).toEqual(before);
      // Honest: apt does not take it from the archive itself either.
      const line = `${archive.url} bookworm main`;
      const direct = await archive.client(`deb ${line}\ndeb-src ${line}`);
      expect((await direct.update()).exitCode).toBe(100);
      await expectInstalls(apt, "zabbix-agent2");
    });
  },
);
