import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { judgeMirror } from "@mirror/testkit";
import { expect, it } from "vitest";
import { wrongBySha256sum } from "../damage.js";
import { openWorkshop } from "../workshop.js";
import { BUNDLE } from "./mirrorctl.js";

const READER = fileURLToPath(new URL("children/read-files.mjs", import.meta.url));
const ROUNDS = 8;
const DAMAGED = "damaged";

it(`kill -9 in ${ROUNDS} repairs leaves each file damaged or right, at every instant, and the next one mends`, async () => {
  const workshop = await openWorkshop();
  const packages = Array.from({ length: 60 }, (_, n) => ({ package: `p${n}`, version: "1" }));
  await workshop.repository.publish({ suites: { stable: { packages } } });
  await workshop.succeed("sync");
  await workshop.succeed("snapshot", "create", "demo", "s1");
  await workshop.succeed("snapshot", "publish", "demo", "s1");
  const trees = [realpathSync(join(workshop.dir, "demo/latest")), workshop.snapshotPath("s1")];
  const paths = packages.map(({ package: name }) => `pool/main/p/${name}/${name}_1_amd64.deb`);
  const right = new Map(
    paths.map((path) => [path, readFileSync(join(workshop.repository.directory, path))]),
  );
  const watched = paths.slice(0, 5).flatMap((path) => trees.map((tree) => join(tree, path)));
  const reader = spawn(process.execPath, [READER, ...watched]);
  let told = "";
  reader.stdout.on("data", (chunk) => {
    told += chunk;
  });
  await once(reader.stdout, "data");

  let interrupted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const tree of trees)
      for (const path of paths) {
        // By rename: the reader must find a file also while it is damaged.
        writeFileSync(join(workshop.root, "bad"), DAMAGED);
        renameSync(join(workshop.root, "bad"), join(tree, path));
      }
    const argv = [BUNDLE, "verify", "--repair", "-c", workshop.config];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"] });
    const closed = once(child, "close");
    // It says what it has found right before it begins to mend.
    await once(child.stderr, "data");
    await delay(Math.random() * 1500);
    child.kill("SIGKILL");
    await closed;
    let left = 0;
    for (const tree of trees)
      for (const path of paths) {
        const bytes = readFileSync(join(tree, path));
        if (bytes.equals(Buffer.from(DAMAGED))) left += 1;
        else expect(bytes.equals(right.get(path) ?? Buffer.alloc(0))).toBe(true);
      }
    if (left > 0 && left < 2 * paths.length) interrupted += 1;
  }
  expect(interrupted).toBeGreaterThan(0);
  reader.stdin.end();
  await once(reader, "close");
  const sizes = new Set([DAMAGED.length, ...paths.map((path) => right.get(path)?.length)]);
  const seen = Object.keys(JSON.parse(told.slice(told.indexOf("{"))));
  expect(seen.filter((one) => !sizes.has(Number(one)))).toEqual([]);
  expect(seen.length).toBeGreaterThan(1);

  await workshop.succeed("verify", "--snapshots", "--repair");
  for (const tree of trees) {
    expect(wrongBySha256sum(tree)).toEqual([]);
    const { violations, extra } = await judgeMirror(tree, {
      keyring: readFileSync(workshop.keyring),
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect([violations, extra]).toEqual([[], []]);
  }
  await workshop.succeed("sync");
  const hidden = ["trees/demo", "snapshots/demo", "partial/demo"].flatMap((name) =>
    readdirSync(join(workshop.dir, ".mirrorctl", name)),
  );
  expect(
    hidden.filter((name) => name.startsWith(".mirrorctl-") || /^[0-9a-f]{64}/.test(name)),
  ).toEqual([]);
}, 180_000);
