import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../src/index.js";

async function collection() {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const site = openStore({ dir: join(place.path, "store") }).collection("site");
  site.prepare();
  const make = async (generation: string) => {
    const builder = site.newTree(generation);
    builder.write("index.html", Buffer.from(generation), new Date());
    return builder.seal({ created: new Date(), facts: {} });
  };
  return { site, make, dir: join(place.path, "store") };
}

describe("a store made under umask 077", () => {
  it("can be entered by a web server", async () => {
    const before = process.umask(0o077);
    try {
      const { dir } = await collection();
      expect(statSync(dir).mode & 0o777).toBe(0o755);
    } finally {
      process.umask(before);
    }
  });
});

describe("checkSwap", () => {
  it("says before the work what a swap would refuse after it", async () => {
    const { site, make } = await collection();
    site.swap("latest", await make("a"));
    expect(() => site.checkSwap("latest")).not.toThrow();
    mkdirSync(join(site.paths.pointers, ".latest.previous"));
    const foreign = expect.objectContaining({ code: "ERR_SNAPSHOT_FOREIGN_ENTRY" });
    expect(() => site.checkSwap("latest")).toThrowError(foreign);
    const next = await make("b");
    expect(() => site.swap("latest", next)).toThrowError(foreign);
  });
});

describe("removeTree", () => {
  it("removes a tree with its manifest, and none that is shown", async () => {
    const { site, make } = await collection();
    site.swap("latest", await make("a"));
    const { path, manifestPath } = await make("b");
    site.removeTree("b");
    expect([existsSync(path), existsSync(manifestPath)]).toEqual([false, false]);
    expect(() => site.removeTree("a")).toThrowError(TypeError);
  });
});

describe("a directory of somebody else's that nobody may read", () => {
  it("keeps no sweep from its work", async () => {
    const { site, make, dir } = await collection();
    site.swap("latest", await make("a"));
    await make("b");
    mkdirSync(join(dir, "private"));
    chmodSync(join(dir, "private"), 0);
    const sweep = (now: number) => site.sweep({ now: new Date(now), grace: 10 });
    sweep(1_000_000);
    expect(sweep(2_000_000).removed).toEqual(["b"]);
  });
});
