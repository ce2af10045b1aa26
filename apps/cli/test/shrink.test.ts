import { lstatSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream, type Upstream } from "./upstream.js";

const FIVE = [1, 2, 3, 4, 5].map((n) => ({ package: `p${n}`, version: "1" }));

const sync = async ({ config }: Upstream, ...words: string[]) => {
  const outcome = await mirrorctl(["sync", "--json", "-c", config, ...words]);
  return { ...outcome, document: JSON.parse(outcome.stdout) };
};
const latest = ({ dir }: Upstream) => readlinkSync(join(dir, "demo", "latest"));

/** A mirror of five packages whose upstream has so many left. */
async function openShrunk(left: number): Promise<Upstream> {
  const upstream = await openUpstream(FIVE);
  await sync(upstream);
  const packages = FIVE.slice(0, left);
  await upstream.repository.publish({ suites: { stable: { packages } } });
  return upstream;
}

describe("max_shrink", () => {
  test("refuses a larger loss and leaves what is published, for a dry run too", async () => {
    const upstream = await openShrunk(2);
    const before = latest(upstream);
    for (const words of [[], ["--force"], ["--dry-run"]]) {
      const { status, stderr, document } = await sync(upstream, ...words);
      expect([words, status]).toEqual([words, 1]);
      expect(document).toMatchObject({
        ok: false,
        mirrors: [
          {
            error: {
              code: "ERR_SYNC_SHRUNK",
              hint: expect.stringContaining("--allow-shrink"),
            },
          },
        ],
      });
      expect(stderr).toContain(
        "stable main amd64: 5 packages published, 2 now: 60% fewer, expected at most 40%",
      );
    }
    expect(latest(upstream)).toBe(before);
  });

  test("lets a smaller loss happen, and any with --allow-shrink or 100%", async () => {
    const smaller = await openShrunk(3);
    expect((await sync(smaller)).status).toBe(0);
    const allowed = await openShrunk(1);
    expect((await sync(allowed, "--dry-run", "--allow-shrink")).status).toBe(0);
    expect((await sync(allowed, "--allow-shrink")).document.mirrors[0].packages).toBe(1);
    const any = await openShrunk(1);
    await any.configure({ demo: 'max_shrink = "100%"' });
    expect((await sync(any)).status).toBe(0);
    const none = await openShrunk(4);
    await none.configure({ demo: "" }, '[defaults]\nmax_shrink = "0%"');
    expect((await sync(none)).status).toBe(1);
  });
});

test("what was said to be done all the same is on record", async () => {
  const upstream = await openUpstream();
  await sync(upstream);
  await sync(upstream, "--force");
  upstream.server.fault(/Release/, { kind: "status", status: 403 });
  await sync(upstream, "--allow-shrink");
  const words = ["history", "demo", "-c", upstream.config];
  const [{ entries }] = JSON.parse((await mirrorctl([...words, "--json"])).stdout).mirrors;
  const marks = entries.map(({ kind, note }: { kind: string; note: Record<string, unknown> }) => {
    return [kind, note.force, note.allowShrink];
  });
  expect(marks).toEqual([
    ["sync", undefined, undefined],
    ["sync", true, undefined],
    ["sync-failed", undefined, true],
  ]);
  const { stdout } = await mirrorctl(words);
  expect(stdout.split("\n").filter((line) => line.includes("sync"))).toEqual([
    expect.not.stringContaining("("),
    expect.stringContaining("(forced)"),
    expect.stringContaining("(allowed to shrink)"),
  ]);
});

describe("sync --force", () => {
  test("builds a new tree although nothing has changed, and mends the one there is", async () => {
    const upstream = await openUpstream();
    await sync(upstream);
    const before = latest(upstream);
    const file = join(upstream.dir, "demo/latest/pool/main/h/hello/hello_1.0_amd64.deb");
    rmSync(file);
    expect((await sync(upstream)).document.mirrors[0].outcome).toBe("unchanged");
    const { status, document } = await sync(upstream, "--force");
    expect(status).toBe(0);
    expect(document.mirrors[0]).toMatchObject({ outcome: "changed", downloaded: { files: 1 } });
    expect(latest(upstream)).not.toBe(before);
    expect(lstatSync(file).isFile()).toBe(true);
  });

  test("keeps the automatic snapshot of that second under a name of its own", async () => {
    const upstream = await openUpstream();
    await upstream.configure({ demo: "" }, '[snapshot]\ndefault_name_format = "2006"');
    const first = (await sync(upstream)).document.mirrors[0].snapshot.created;
    const second = (await sync(upstream, "--force")).document.mirrors[0].snapshot.created;
    expect(second).toBe(`${first}-2`);
  });
});
