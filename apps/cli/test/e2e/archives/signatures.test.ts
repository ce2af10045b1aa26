import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKey, describeNeeds, gpgKeyring, runTool } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { BUNDLE } from "../mirrorctl.js";
import {
  expectInstalls,
  expectSources,
  type Imitation,
  openImitation,
  TOOLS,
} from "./imitation.js";

const DAY = 86_400_000;

/** Three versions of each package, signed by a key that this digest binds to its name. */
async function openMicrosoft(test: TestContext, digest: "SHA1" | "SHA256"): Promise<Imitation> {
  const archive = await openImitation(test, "microsoft");
  const keyring = await gpgKeyring();
  test.onTestFinished(() => keyring.remove());
  const options = ["--cert-digest-algo", digest, "--quick-generate-key"];
  const made = await keyring.run([...options, "Vendor <v@example.org>", "rsa2048", "sign,cert"]);
  expect(made.exitCode).toBe(0);
  writeFileSync(join(archive.root, "archive.gpg"), await keyring.exportPublic());
  await Promise.all(
    ["1.90.0-1", "1.91.0-1", "1.91.1-1"].flatMap((version) =>
      ["powershell", "dotnet-host"].map((name) => archive.deb("pool/main", { name, version })),
    ),
  );
  const packages = await archive.index(["packages", "pool"]);
  await archive.pack("dists/bookworm/main/binary-amd64/Packages", packages, ["", "gz"]);
  const fields = { Suite: "bookworm", Codename: "bookworm", Architectures: "amd64 arm64" };
  await archive.sign("dists/bookworm", { ...fields, Components: "main" }, { keyring });
  return archive;
}

describeNeeds(
  describe.concurrent,
  [...TOOLS, "unshare"],
  "a key bound by SHA-1, as Microsoft's",
  () => {
    it("counts with a warning where pgp_key_path names it", async (test) => {
      const archive = await openMicrosoft(test, "SHA1");
      archive.configureAsGuided();
      const { warnings, packages, stderr } = await archive.publish();
      expect([warnings, packages]).toEqual([["WARN_SYNC_SIGNATURE"], 4]);
      expect(stderr).toContain("SHA-1");
      await expectInstalls(await archive.client(), "powershell", "dotnet-host=1.91.0-1");
    });

    it.runIf(process.getuid?.() === 0).for([
      ["SHA1", "does not count", "ERR_VERIFY_WEAK_KEY"],
      ["SHA256", "counts", undefined],
    ] as const)(
      "bound by %s and in the system's keyrings, it %s",
      async ([digest, , expected], test) => {
        const archive = await openMicrosoft(test, digest);
        const lines = 'suites = ["bookworm"]\nsections = ["main"]\narchitectures = ["amd64"]';
        archive.configure(lines, "of the system");
        const trusted = join(archive.root, "trusted.gpg.d");
        mkdirSync(trusted);
        copyFileSync(join(archive.root, "archive.gpg"), join(trusted, "vendor.gpg"));
        // In the place of the machine's own directory, for this child alone.
        const script = 'mount --bind "$0" /etc/apt/trusted.gpg.d && exec "$@"';
        const command = [BUNDLE, "sync", "--json", "--config", join(archive.root, "mirror.toml")];
        const words = ["--mount", "sh", "-c", script, trusted, process.execPath, ...command];
        const { stdout } = await runTool("unshare", words);
        expect(JSON.parse(stdout.toString()).mirrors[0].error?.code).toBe(expected);
      },
    );
  },
);

/** Two keys in gpg, the older of which may have expired since it signed. */
async function openKeys(test: TestContext, hasExpired: boolean) {
  const created = new Date(Date.now() - 20 * DAY);
  const life = hasExpired ? { expiresIn: (10 * DAY) / 1000 } : {};
  const old = await createKey({ userId: "Old <old@example.org>", created, ...life });
  const known = await createKey({ userId: "New <new@example.org>", created });
  const keyring = await gpgKeyring({ keys: [old, known] });
  test.onTestFinished(() => keyring.remove());
  return { keyring, old: old.fingerprint, known: known.fingerprint };
}

describeNeeds(describe.concurrent, TOOLS, "personal package archives of Launchpad", () => {
  it.for([
    ["is unknown", false],
    ["has expired", true],
  ])(
    "have two signatures of which one counts, the other's key %s",
    async ([, hasExpired], test) => {
      const { keyring, old, known } = await openKeys(test, hasExpired);
      const archive = await openImitation(test, "deadsnakes");
      const exported = await keyring.run(["--export", ...(hasExpired ? [old, known] : [known])]);
      writeFileSync(join(archive.root, "archive.gpg"), exported.stdout);
      const pool = "pool/main/p/python3.13";
      await archive.deb(pool, { name: "python3.13", version: "3.13.0-1+noble1" });
      await archive.deb(pool, { name: "python3.13-dbgsym", version: "3.13.0-1+noble1" });
      archive.source(pool, "python3.13", "3.13.0");
      const stanzas = (await archive.index(["packages", "pool"])).split("\n\n");
      const sources = await archive.index(["sources", "pool"]);
      for (const component of ["main", "main/debug"]) {
        const isDebug = component.endsWith("debug");
        const listed = stanzas.filter((stanza) => stanza.includes("-dbgsym") === isDebug);
        const place = `dists/noble/${component}`;
        await archive.pack(`${place}/binary-amd64/Packages`, `${listed.join("\n\n")}\n`, [
          "",
          "xz",
        ]);
        await archive.pack(`${place}/source/Sources`, isDebug ? "" : sources, ["", "xz"]);
      }
      const fields = {
        Origin: "LP-PPA-deadsnakes",
        Label: "New Python Versions",
        Suite: "noble",
        Codename: "noble",
        Architectures: "amd64 arm64 armhf i386",
        Components: "main main/debug",
      };
      const date = new Date(Date.now() - 15 * DAY);
      await archive.sign("dists/noble", fields, { keyring, signers: [old, known], date });

      archive.configureAsGuided();
      const { warnings, packages } = await archive.publish();
      expect([warnings, packages]).toEqual([["WARN_SYNC_SIGNATURE"], 3]);
      const apt = await archive.client();
      await expectInstalls(apt, "python3.13", "python3.13-dbgsym");
      await expectSources(apt, "python3.13");
    },
  );
});
