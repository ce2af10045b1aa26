import { lstatSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it, onTestFinished } from "vitest";
import { createDigestCache } from "../src/index.js";

it("a file that got the number of one that is gone, of its size and time, is not taken for it", async () => {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const path = join(place.path, "file");
  const cache = createDigestCache();
  const digests = new Map([["sha256", "a".repeat(64)]]);
  const make = () => {
    writeFileSync(path, "1234567");
    utimesSync(path, 1_000_000_000, 1_000_000_000);
    return lstatSync(path, { bigint: true });
  };
  cache.keep(make(), digests);
  expect(cache.find(lstatSync(path, { bigint: true }), ["sha256"])).toEqual(digests);
  // The clock of a file system ticks every few milliseconds.
  await delay(50);
  // Most file systems give a number that was freed last to the file that is made next.
  for (let round = 0; round < 20; round += 1) {
    rmSync(path);
    expect(cache.find(make(), ["sha256"])).toBeUndefined();
  }
});
