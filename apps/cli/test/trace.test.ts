import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

describe("trace files", () => {
  test("are mirrored, and written in mirrorctl's name, once a host is named", async () => {
    const upstream = await openUpstream();
    const traces = upstream.repository.path("project", "trace");
    await mkdir(traces, { recursive: true });
    await writeFile(join(traces, "master"), "Archive serial: 2026030201\n");
    await upstream.configure({
      demo: 'trace = { host = "mirror.example.org", maintainer = "Me <me@example.org>" }',
    });
    expect((await mirrorctl(["sync", "-c", upstream.config])).status).toBe(0);
    const directory = join(upstream.dir, "demo/project/trace");
    expect(readFileSync(join(directory, "master"), "utf8")).toBe("Archive serial: 2026030201\n");
    const own = readFileSync(join(directory, "mirror.example.org"), "utf8");
    expect(own).toMatch(/^Archive serial: 2026030201\nCreator: mirrorctl \S+\n/m);
    expect(own).toContain("\nMaintainer: Me <me@example.org>\n");
  });

  test("are remarked on as unsigned by check config", async () => {
    const upstream = await openUpstream();
    const remarks = async () => {
      const { stdout } = await mirrorctl(["check", "config", "--json", "-c", upstream.config]);
      const [{ remarks: found }] = JSON.parse(stdout).mirrors;
      return found.map(({ message }: { message: string }) => message).join("\n");
    };
    expect(await remarks()).not.toContain("trace");
    await upstream.configure({ demo: 'trace.host = "mirror.example.org"' });
    expect(await remarks()).toContain("nothing signs trace files");
  });
});
