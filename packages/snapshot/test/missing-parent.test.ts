import { existsSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it, onTestFinished } from "vitest";
import { openStore } from "../src/index.js";

it("a store is made in a directory that exists, never the way to it", async () => {
  const place = await temporaryDirectory();
  onTestFinished(() => place.remove());
  const far = join(place.path, "not-mounted", "store");
  expect(() => openStore({ dir: far }).collection("m").prepare()).toThrowError(
    expect.objectContaining({ code: "ERR_SNAPSHOT_WRITE", found: "ENOENT" }),
  );
  expect(existsSync(join(place.path, "not-mounted"))).toBe(false);
  const near = join(place.path, "store");
  openStore({ dir: near }).collection("m").prepare();
  expect(existsSync(join(near, "m"))).toBe(true);
});
