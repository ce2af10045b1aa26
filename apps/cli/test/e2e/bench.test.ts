import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeNeeds, runTool } from "@mirror/testkit";
import { describe, expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../../..");
const PEERS = ["curl", "aria2c", "apt-mirror", "aptly", "debmirror"];
const TOOLS = [...PEERS, "nginx", "gpg", "xz", "time", "gcc", "ip"];

describeNeeds(describe, TOOLS, "the comparison with other tools, in small", () => {
  test.skipIf(process.getuid?.() !== 0)(
    "has every tool mirror the same upstream, on loopback and over a slow line",
    { timeout: 120_000 },
    async () => {
      const small = ["--packages", "20", "--least", "1000", "--most", "3000", "--rounds", "1"];
      const result = await runTool("node", [join(ROOT, "bench/compare.mjs"), ...small]);
      expect([result.exitCode, result.stderr]).toEqual([0, ""]);
      const lines = String(result.stdout).split("\n");
      for (const network of ["loopback", "20ms"]) {
        for (const phase of ["cold", "same", "changed"]) {
          const start = lines.indexOf(`### ${phase}, ${network}: medians of 1`);
          const rows = lines.slice(start + 4, lines.indexOf("", start + 2));
          const names = rows.map((row) => row.split("|")[1]?.trim()).sort();
          const all = ["apt-mirror", "aptly", "debmirror", "mirrorctl"];
          const floors = phase === "same" ? [] : ["aria2", "curl"];
          expect(names).toEqual([...all, ...floors].sort());
        }
      }
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    "shows how a sync grows with the repository",
    { timeout: 120_000 },
    async () => {
      const small = ["--packages", "10,30", "--rounds", "1", "--no-draw"];
      const result = await runTool("node", [join(ROOT, "bench/scale.mjs"), ...small]);
      expect([result.exitCode, result.stderr]).toEqual([0, ""]);
      expect(String(result.stdout)).toMatch(/^\| 10 \|(?: [\d.]+ \|){6}\n\| 30 \|/m);
    },
  );
});
