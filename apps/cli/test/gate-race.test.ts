import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "./workshop.js";

/** A gate whose command tells that it looks, and goes on looking until it is told to let pass. */
async function openLooking(versions: readonly string[]): Promise<Workshop & { pass(): void }> {
  const workshop = await openWorkshop(versions);
  const [looking, done] = [join(workshop.root, "looking"), join(workshop.root, "done")];
  const script = join(workshop.root, "look.sh");
  writeFileSync(script, `touch ${looking}; while ! [ -e ${done} ]; do sleep 0.05; done\n`);
  await workshop.configure({
    demo: `\n[mirrors.demo.promote]\ncommand = ["sh", "${script}"]\n`,
  });
  return { ...workshop, pass: () => writeFileSync(done, "") };
}

async function whileLooking(
  workshop: Workshop & { pass(): void },
  words: readonly string[],
  meanwhile: () => Promise<unknown>,
) {
  const told = workshop.tell(...words);
  const until = Date.now() + 30_000;
  while (!existsSync(join(workshop.root, "looking")) && Date.now() < until) await delay(20);
  await meanwhile();
  workshop.pass();
  return await told;
}

describe("while the gate looks", () => {
  test("a snapshot that is replaced under its name is not promoted", async () => {
    const workshop = await openLooking(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1", "--no-gate");
    const told = await whileLooking(workshop, ["snapshot", "publish", "demo", "s2"], async () => {
      await workshop.release("3");
      await workshop.succeed("snapshot", "create", "demo", "s2", "--force");
    });
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_MOVED_MEANWHILE" });
    expect(workshop.shows("current")).toBe("s1");
  });

  test("a snapshot that is rejected meanwhile is not promoted", async () => {
    const workshop = await openLooking(["1", "2"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1", "--no-gate");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const told = await whileLooking(workshop, ["snapshot", "promote", "demo"], async () => {
      await workshop.succeed("snapshot", "promote", "demo", "--no-gate");
      await workshop.succeed("snapshot", "rollback", "demo");
    });
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_REJECTED" });
    expect(workshop.shows("current")).toBe("s1");
  });

  test("what is staged or published meanwhile is not overridden", async () => {
    const workshop = await openLooking(["1", "2", "3"]);
    await workshop.succeed("snapshot", "publish", "demo", "s1", "--no-gate");
    await workshop.succeed("snapshot", "stage", "demo", "s2");
    const told = await whileLooking(workshop, ["snapshot", "promote", "demo"], async () => {
      await workshop.succeed("snapshot", "stage", "demo", "s3");
      await workshop.succeed("snapshot", "publish", "demo", "s3", "--no-gate");
    });
    expect(told).toMatchObject({ status: 1, code: "ERR_CLI_MOVED_MEANWHILE" });
    expect(workshop.shows("current")).toBe("s3");
  });
});
