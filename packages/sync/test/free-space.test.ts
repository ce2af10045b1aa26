import { statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it } from "vitest";
import { readFreeSpace } from "../src/index.js";

it("what a file system has is known where the directory is yet to be made", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  writeFileSync(join(path, "file"), "");
  const { blocks, bsize } = statfsSync(path);
  for (const name of ["", "not/yet", "file/in/the/way"]) {
    const space = await readFreeSpace(join(path, name));
    expect(space).toMatchObject({ size: blocks * bsize, device: statSync(path).dev });
    expect(space.bytes).toBeGreaterThan(0);
    expect(space.bytes).toBeLessThanOrEqual(space.size);
    expect(space.inodes).toBeGreaterThan(0);
  }
});
