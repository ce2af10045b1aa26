import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeNeeds, nginx, runTool } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { expectInstalls, type Imitation, openImitation, TOOLS } from "./imitation.js";

const VERSIONS = ["12.3.0-1", "12.3.1-1", "12.4.0~rc1+b2-1"];

/** Everything in one directory, the index by dpkg-scanpackages, neither Suite nor Codename. */
async function openCuda(test: TestContext): Promise<Imitation> {
  const archive = await openImitation(test, "cuda");
  const cudnn = { name: "libcudnn9", version: "1:9.1.0-1+cuda12.4" };
  await Promise.all([
    ...VERSIONS.map((version) =>
      archive.deb("", { name: "cuda-toolkit-12", version, depends: "libcudnn9 (>= 1:9)" }),
    ),
    archive.deb("libcudnn9_1%3a9.1.0-1+cuda12.4_amd64.deb", cudnn),
    archive.deb("", { name: "cuda-keyring", version: "1.1-1", architecture: "all" }),
  ]);
  const options = { cwd: archive.at() };
  const { stdout } = await runTool("dpkg-scanpackages", ["--multiversion", "."], options);
  expect(stdout.toString()).toContain("Filename: ./libcudnn9_1%3a9.1.0-1+cuda12.4_amd64.deb\n");
  await archive.pack("Packages", stdout.toString(), ["", "gz"]);
  await archive.sign("", { Origin: "NVIDIA", Label: "NVIDIA CUDA", Architecture: "x86_64" });
  return archive;
}

describeNeeds(
  describe.concurrent,
  [...TOOLS, "dpkg-scanpackages", "nginx"],
  "NVIDIA's CUDA archive",
  () => {
    it("is flat at its root, and every name comes through a real web server", async (test) => {
      const archive = await openCuda(test);
      archive.configure('suites = ["/"]');
      const { warnings, packages } = await archive.publish();
      expect([warnings, packages]).toEqual([[], 5]);
      expect(readdirSync(archive.published()).sort()).toEqual(readdirSync(archive.at()).sort());

      mkdirSync(join(archive.root, "nginx"));
      const directory = archive.published();
      const web = await nginx({ root: join(archive.root, "nginx"), directory });
      test.onTestFinished(() => web.close());
      const apt = await archive.client(`deb ${web.url} /`);
      expect(await expectInstalls(apt, "cuda-toolkit-12", "cuda-keyring")).toEqual([
        "cuda-keyring_1.1-1_all.deb",
        "cuda-toolkit-12_12.4.0~rc1+b2-1_amd64.deb",
        "libcudnn9_1%3a9.1.0-1+cuda12.4_amd64.deb",
      ]);
      expect(await apt.download("cuda-toolkit-12=12.3.0-1")).toMatchObject({ exitCode: 0 });
    });

    it("is mirrored without an InRelease, its newest versions, as the guide has it", async (test) => {
      const archive = await openCuda(test);
      rmSync(archive.at("InRelease"));
      archive.configureAsGuided();
      const { warnings, packages } = await archive.publish();
      expect([warnings, packages]).toEqual([[], 4]);
      const apt = await archive.client();
      expect(await expectInstalls(apt, "cuda-toolkit-12")).toHaveLength(2);
      expect(await apt.download("cuda-toolkit-12=12.3.1-1")).toMatchObject({ exitCode: 0 });
      const leftOut = await apt.download("cuda-toolkit-12=12.3.0-1");
      expect([leftOut.exitCode, leftOut.errors.join()]).toEqual([
        100,
        expect.stringContaining("404"),
      ]);
    });

    it.for([
      ["x86_64", "ERR_CONFIG_BAD_VALUE"],
      ["arm64", "ERR_SYNC_UNKNOWN_ARCHITECTURE"],
    ])(
      "is not mirrored for the architecture %s, which no package has",
      async ([name, code], test) => {
        const archive = await openCuda(test);
        archive.configure(`suites = ["/"]\narchitectures = ["${name}"]`);
        expect((await archive.sync()).code).toBe(code);
      },
    );
  },
);
