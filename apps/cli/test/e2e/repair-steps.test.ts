import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describeNeeds } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { openKillable } from "../crash/killable.js";
import { openRandom } from "../crash/random.js";
import { rot, wrongBySha256sum } from "../damage.js";
import { openWorkshop } from "../workshop.js";

const isLong = process.env.MIRRORCTL_LONG === "1";
const seed = process.env.MIRRORCTL_SEED ?? `${Date.now()}`;
/** In the short form. */
const POINTS = 6;

const HELLO = "pool/main/h/hello/hello_1_amd64.deb";
const PACKAGES = "dists/stable/main/binary-amd64/Packages.gz";
const IN_RELEASE = "dists/stable/InRelease";
const DAMAGED = [HELLO, PACKAGES, IN_RELEASE];

describeNeeds(describe, ["gcc"], `a repair that is killed (MIRRORCTL_SEED=${seed})`, () => {
  test("right before a step leaves each file damaged or right, and the next one mends", async () => {
    const workshop = await openWorkshop(["1"]);
    const { root, dir, config } = workshop;
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    const latest = realpathSync(join(dir, "demo/latest"));
    const trees = [latest, workshop.snapshotPath("s1")];
    const contents = () =>
      trees.flatMap((tree) => DAMAGED.map((path) => readFileSync(join(tree, path))));
    const right = contents();
    for (const path of [HELLO, IN_RELEASE]) rot(join(latest, path));
    // In one tree alone: it comes from the other one.
    writeFileSync(join(latest, "new"), "damaged");
    renameSync(join(latest, "new"), join(latest, PACKAGES));
    const damaged = contents();
    const base = join(root, "base");
    execFileSync("cp", ["-a", dir, base]);
    const [place, temporary] = [join(root, "kill"), join(root, "tmp")];
    for (const directory of [place, temporary]) mkdirSync(directory);

    const words = ["verify", "--snapshots", "--repair"];
    const killable = await openKillable(place, [dir], temporary);
    const { ended, steps } = await killable.trace([...words, "-c", config]);
    expect(ended.status).toBe(0);
    expect(steps.filter(({ at }) => at === "out")).toEqual([]);
    expect(contents()).toEqual(right);
    const all = Array.from({ length: ended.steps }, (_, index) => index + 1);
    for (const step of isLong ? all : openRandom(seed).everyNth(all, POINTS)) {
      rmSync(dir, { recursive: true });
      execFileSync("cp", ["-a", base, dir]);
      expect(await killable.run([...words, "-c", config], { step })).toMatchObject({
        status: undefined,
      });
      for (const [index, bytes] of contents().entries()) {
        const isWhole = [right, damaged].some((some) => some[index]?.equals(bytes));
        expect([step, index, isWhole]).toEqual([step, index, true]);
      }
      await workshop.succeed(...words);
      expect(trees.flatMap(wrongBySha256sum)).toEqual([]);
      expect(execFileSync("find", [...trees, "-name", ".mirrorctl-*"]).toString()).toBe("");
      await workshop.succeed("sync");
      const hidden = ["trees/demo", "snapshots/demo", "partial/demo"].flatMap((name) =>
        readdirSync(join(dir, ".mirrorctl", name)),
      );
      expect(hidden.filter((name) => /^(?:\.mirrorctl-|[0-9a-f]{64})/.test(name))).toEqual([]);
    }
  }, 900_000);
});
