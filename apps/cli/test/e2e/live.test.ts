import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptClient, judgeMirror, runTool, serve, temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { mirrorctl } from "./mirrorctl.js";

const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const FORMAT = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)|$(SIGNED_BY)";

/** The machine's own `-updates` suite, as its apt knows it. */
async function updatesSuite() {
  const args = ["indextargets", "--format", FORMAT, "Created-By: Packages"];
  const { stdout } = await runTool("apt-get", args);
  for (const line of stdout.toString().split("\n")) {
    const [url = "", suite = "", component, architecture, keyring = ""] = line.split("|");
    if (suite.endsWith("-updates") && component === "main" && architecture === "amd64") {
      // Older apt leaves a field that it does not know as it was written.
      const named = keyring.startsWith("/") ? keyring : DEBIAN_KEYRING;
      return { url, suite, keyring: named };
    }
  }
  throw new Error("this machine's apt knows no -updates suite with main and amd64");
}

// Opt-in: it asks the archive that this machine's apt is configured for.
describe.runIf(process.env.MIRRORCTL_LIVE === "1")("a live archive", () => {
  it("its -updates suite is mirrored with Debian's keyring, and apt downloads from the mirror", async () => {
    const place = await temporaryDirectory("e2e-live-");
    onTestFinished(() => place.remove());
    const { url, suite, keyring } = await updatesSuite();
    const dir = join(place.path, "mirrors");
    const config = join(place.path, "mirror.toml");
    writeFileSync(
      config,
      `dir = "${dir}"
[mirrors.live]
url = "${url}"
suites = ["${suite}"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${keyring}"
`,
    );
    const first = await mirrorctl(place.path, "sync", "--config", config);
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining("completed")]);
    const again = await mirrorctl(place.path, "sync", "--config", config);
    expect(again.stderr).toContain("No changes since");

    const verdict = await judgeMirror(`${join(dir, "live/latest")}/`, {
      keyring,
      suites: [suite],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(verdict.violations).toEqual([]);

    const server = await serve(dir);
    onTestFinished(() => server.close());
    mkdirSync(join(place.path, "apt"));
    const apt = await aptClient({
      root: join(place.path, "apt"),
      sources: `deb ${server.url}live/latest ${suite} main\n`,
      keyring: readFileSync(keyring),
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const { stdout } = await apt.run("apt-cache", ["dumpavail"]);
    const name = /^Package: (\S+)$/m.exec(stdout)?.[1] ?? "";
    const downloaded = await apt.run("apt-get", ["download", name]);
    expect([name, downloaded.exitCode]).toEqual([name, 0]);
    expect(readdirSync(join(place.path, "apt/source")).length).toBe(1);
  }, 300_000);
});
