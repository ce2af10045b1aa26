import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeNeeds, fingerprintTree, serve } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import {
  expectInstalls,
  expectSources,
  type Fields,
  type Imitation,
  openImitation,
  TOOLS,
} from "./imitation.js";

const ARCHITECTURES = 'architectures = ["amd64"]';

/** A suite of one component and of these architectures. */
async function publishSuite(
  archive: Imitation,
  suite: string,
  fields: Fields,
  architectures: readonly string[] = ["amd64"],
): Promise<void> {
  for (const architecture of architectures) {
    const packages = await archive.index(["--arch", architecture, "packages", "pool"]);
    const index = `dists/${suite}/main/binary-${architecture}/Packages`;
    await archive.pack(index, packages, ["", "gz", "xz"]);
  }
  const sources = await archive.index(["sources", "pool"]);
  await archive.pack(`dists/${suite}/main/source/Sources`, sources, ["", "gz", "xz"]);
  await archive.sign(`dists/${suite}`, {
    Origin: "Debian",
    Label: "Debian",
    Architectures: architectures.join(" "),
    Components: "main",
    ...fields,
  });
}

describeNeeds(describe.concurrent, TOOLS, "Debian's security archive", () => {
  /** The Release names its components with a prefix that no path has. */
  const open = async (test: TestContext, suite: string, fields: Fields) => {
    const archive = await openImitation(test, "debian-security");
    const pool = "pool/updates/main/o/openssl";
    await archive.deb(pool, { name: "openssl", version: "3.0.13-1~deb12u1" });
    archive.source(pool, "openssl", "3.0.13");
    await archive.pack(`dists/${suite}/contrib/binary-amd64/Packages`, "", ["", "xz"]);
    await archive.pack(`dists/${suite}/contrib/source/Sources`, "", ["", "xz"]);
    const components = { Label: "Debian-Security", Components: "updates/main updates/contrib" };
    await publishSuite(archive, suite, { ...components, ...fields });
    return archive;
  };
  const NEW = { Suite: "stable-security", Codename: "bookworm-security" };

  it("is mirrored by the names of its paths", async (test) => {
    const archive = await open(test, "bookworm-security", NEW);
    archive.configureAsGuided();
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 2]);
    const apt = await archive.client();
    await expectInstalls(apt, "openssl");
    await expectSources(apt, "openssl");
  });

  it("is mirrored by the names of its Release", async (test) => {
    const archive = await open(test, "bookworm-security", NEW);
    archive.configure(`suites = ["bookworm-security"]
sections = ["updates/main", "updates/contrib"]\n${ARCHITECTURES}`);
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 1]);
    await expectInstalls(await archive.client("deb MIRROR bookworm-security main"), "openssl");
    await expectInstalls(await archive.client(), "openssl");
  });

  it("was called with a slash, and its Release without", async (test) => {
    const archive = await open(test, "buster/updates", { Suite: "oldstable", Codename: "buster" });
    archive.configure(`suites = ["buster/updates"]\nsections = ["main"]\n${ARCHITECTURES}`);
    expect((await archive.publish()).warnings).toEqual([]);
    await expectInstalls(await archive.client(), "openssl");
  });
});

describeNeeds(
  describe.concurrent,
  TOOLS,
  "an archive whose other architectures lie on another host",
  () => {
    const BOTH = ["amd64", "arm64"];
    const NOBLE = { Suite: "noble", Codename: "noble" };

    /** Two hosts with one signed Release, each without the files of the other's architecture. */
    const open = async (test: TestContext) => {
      const archive = await openImitation(test, "ubuntu");
      for (const architecture of BOTH) {
        await archive.deb("pool/main", { name: "hello", version: "1", architecture });
      }
      await archive.deb("pool/main", { name: "hello-doc", version: "1", architecture: "all" });
      await publishSuite(archive, "noble", NOBLE, BOTH);
      const ports = (...segments: string[]) =>
        join(archive.root, "ports/ubuntu-ports", ...segments);
      cpSync(archive.at(), ports(), { recursive: true, preserveTimestamps: true });
      const host = await serve(join(archive.root, "ports"));
      test.onTestFinished(() => host.close());
      for (const [at, architecture] of [
        [archive.at, "arm64"],
        [ports, "amd64"],
      ] as const) {
        rmSync(at(`dists/noble/main/binary-${architecture}`), { recursive: true });
        rmSync(at(`pool/main/hello_1_${architecture}.deb`));
      }
      return { archive, host };
    };

    it("is one mirror, and one archive for clients of all of them", async (test) => {
      const { archive, host } = await open(test);
      archive.configureAsGuided("", host.url);
      const { warnings, packages } = await archive.publish();
      expect([warnings, packages]).toEqual([[], 4]);
      const apt = await archive.client(undefined, 'APT::Architectures { "amd64"; "arm64"; };');
      await expectInstalls(apt, "hello:amd64", "hello-doc");
      await expectInstalls(apt, "hello:arm64");
    });

    it("fails by name where one of the hosts lags behind, and stays as it was", async (test) => {
      const { archive, host } = await open(test);
      archive.configureAsGuided("retries = 0", host.url);
      await archive.publish();
      const before = await fingerprintTree(`${archive.published()}/`);
      await archive.deb("pool/main", { name: "hello", version: "2", architecture: "arm64" });
      await publishSuite(archive, "noble", NOBLE, BOTH);
      rmSync(archive.at("dists/noble/main/binary-arm64"), { recursive: true });
      const { status, message } = await archive.sync();
      expect(status).toBe(1);
      expect(message).toContain(`${host.url}ubuntu-ports/dists/noble/main/binary-arm64/Packages`);
      expect(await fingerprintTree(`${archive.published()}/`)).toEqual(before);
    });
  },
);

describeNeeds(describe.concurrent, TOOLS, "a suite with two names", () => {
  const open = async (test: TestContext) => {
    const archive = await openImitation(test);
    await archive.deb("pool/main", { name: "hello", version: "1" });
    const release = async (codename: string) => {
      for (const name of ["stable", codename]) {
        await publishSuite(archive, name, { Suite: "stable", Codename: codename });
      }
      // As Debian has it: one is a link to the other.
      rmSync(archive.at("dists/stable"), { recursive: true });
      cpSync(archive.at("dists", codename), archive.at("dists/stable"), {
        recursive: true,
        preserveTimestamps: true,
      });
    };
    await release("bookworm");
    return { archive, release };
  };
  const lines = (...suites: readonly string[]) =>
    `suites = ${JSON.stringify(suites)}\nsections = ["main"]\n${ARCHITECTURES}`;

  it.for([
    ["bookworm", "stable"],
    ["stable", "bookworm"],
  ])(
    "is mirrored as %s, and clients name it so; %s they do not find",
    async ([name, alias], test) => {
      const { archive } = await open(test);
      archive.configure(lines(name));
      expect((await archive.publish()).warnings).toEqual([]);
      await expectInstalls(await archive.client(), "hello");
      const other = await (await archive.client(`deb MIRROR ${alias} main`)).update();
      expect(other.exitCode).toBe(100);
      expect(other.errors.join()).toContain("does not have a Release file");
    },
  );

  it("is not mirrored as both in one mirror", async (test) => {
    const { archive } = await open(test);
    archive.configure(lines("bookworm", "stable"));
    expect((await archive.sync()).code).toBe("ERR_SYNC_SAME_RELEASE_TWICE");
  });

  it("does not become the next release unnoticed, and does once that is allowed", async (test) => {
    const { archive, release } = await open(test);
    archive.configure(lines("stable"));
    await archive.publish();
    const apt = await archive.client();
    await expectInstalls(apt, "hello");
    await archive.deb("pool/main", { name: "hello", version: "2" });
    await release("trixie");
    expect((await archive.sync()).code).toBe("ERR_SYNC_RELEASE_CHANGED");
    await expectInstalls(apt, "hello");
    archive.configure(`${lines("stable")}\nallow_release_info_change = true`);
    await archive.publish();
    // apt asks the same of its user.
    expect((await apt.update()).errors.join()).toContain("changed its 'Codename' value");
    const accepting = ["update", "--allow-releaseinfo-change"];
    expect((await apt.run("apt-get", accepting)).exitCode).toBe(0);
    expect(await expectInstalls(apt, "hello=2")).toContain("hello_2_amd64.deb");
  });
});
