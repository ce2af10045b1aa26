import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it } from "vitest";
import { openStore } from "../src/index.js";
import { CREATED, damaged, HOLDER } from "./plant.js";

it("has its pointer on a sealed, whole tree after kill -9 at twenty random moments", async () => {
  await using dir = await temporaryDirectory();
  const collection = openStore({ dir: dir.path }).collection("site");
  let unfinished = 0;
  const seen = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("./children/publish.mjs", import.meta.url)), dir.path, String(round)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");
    await new Promise((done) => setTimeout(done, Math.random() * 60));
    child.kill("SIGKILL");
    await once(child, "close");

    const tree = collection.latest();
    if (tree === undefined) throw new Error("the pointer is gone");
    seen.add(tree.generation);
    expect(damaged(tree)).toEqual([]);
    expect([...tree.files()]).toHaveLength(tree.header().files);
    const previous = `${collection.paths.pointers}/.latest.previous`;
    expect(readdirSync(previous)).toContain("index.html");
    for (const sealed of collection.trees()) expect(damaged(sealed)).toEqual([]);

    if (round % 4 === 3) {
      const lock = await collection.lock("sync", HOLDER);
      unfinished += collection.sweep({ now: CREATED, grace: 0 }).unfinished.length;
      const left = readdirSync(collection.paths.trees).filter((name) => !name.startsWith("."));
      expect(left.length).toBeLessThanOrEqual(2);
      expect(left).toContain(tree.generation);
      expect(readdirSync(collection.paths.pointers).sort()).toEqual([
        ".latest.previous",
        "latest",
        "lib",
      ]);
      expect(readdirSync(`${collection.paths.pointers}/lib`)).toEqual(["0"]);
      lock.release();
    }
  }
  expect(seen.size).toBeGreaterThan(5);
  expect(unfinished).toBeGreaterThan(0);
});
