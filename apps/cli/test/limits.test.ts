import { setTimeout } from "node:timers/promises";
import type { PackageSpec } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openUpstream } from "./upstream.js";

const STARTED = /Starting sync for mirror: /g;

/** A promise and what resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** The most mirrors that were between their first and their last line at once. */
function mostAtOnce(stderr: string): number {
  let running = 0;
  let most = 0;
  for (const [, word] of stderr.matchAll(/(Starting sync for|Sync completed successfully)/g)) {
    running += word === "Starting sync for" ? 1 : -1;
    most = Math.max(most, running);
  }
  return most;
}

describe("parallel", () => {
  test("is how many mirrors are synced at a time", async () => {
    const { config, configure, server } = await openUpstream();
    await configure({ a: "", b: "", c: "" }, "parallel = 2");
    const two = gate();
    server.fault("InRelease", { kind: "swap", before: () => two.opened });
    const { status, stderr } = await mirrorctl(["sync", "-c", config], {
      onError: (text) => void (text.match(STARTED)?.length === 2 && two.open()),
    });
    expect(status).toBe(0);
    expect(mostAtOnce(stderr)).toBe(2);
  });

  test("of one takes mirrors one after the other, in the order of the configuration", async () => {
    const { config, configure } = await openUpstream();
    await configure({ c: "", a: "", b: "" }, "parallel = 1");
    const { status, stderr } = await mirrorctl(["sync", "-c", config]);
    expect(status).toBe(0);
    expect(mostAtOnce(stderr)).toBe(1);
    const order = [...stderr.matchAll(/Starting sync for mirror: (\w)/g)].map(([, id]) => id);
    expect(order).toEqual(["c", "a", "b"]);
  });
});

describe("max_conns", () => {
  const packages = Array.from({ length: 9 }, (_, index): PackageSpec => {
    return { package: `p${index}`, version: "1" };
  });

  test.each([
    ["one mirror", { a: "" }],
    ["two mirrors of one host together", { a: "", b: "" }],
  ])("is the most requests at once, by %s", async (_, mirrors) => {
    const { config, configure, server } = await openUpstream(packages);
    await configure(mirrors, "max_conns = 3");
    let asked = 0;
    const three = gate();
    const before = async () => {
      asked += 1;
      if (asked === 3) three.open();
      await three.opened;
      // Long enough for a fourth to come if there were one.
      await setTimeout(20);
    };
    server.fault(/\.deb$/, { kind: "swap", before });
    const { status } = await mirrorctl(["sync", "-c", config]);
    expect(status).toBe(0);
    expect(asked).toBe(9 * Object.keys(mirrors).length);
    expect(server.peak).toBe(3);
  });
});
