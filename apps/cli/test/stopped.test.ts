import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "./workshop.js";

const history = ({ dir }: Workshop) => join(dir, ".mirrorctl/state/demo/history.jsonl");

/** What is on record, without what has just been put on it: as a kill before that leaves it. */
async function forget(workshop: Workshop, work: () => Promise<unknown>): Promise<void> {
  const before = readFileSync(history(workshop));
  await work();
  writeFileSync(history(workshop), before);
}

const moves = async (workshop: Workshop, pointer: string) => {
  const { document } = await workshop.succeed("history", "demo");
  return document.mirrors[0].entries
    .filter((entry: { pointer?: string }) => entry.pointer === pointer)
    .map(({ kind, from, to }: { kind: string; from?: string; to?: string }) => [kind, from, to]);
};

const pointTo = ({ dir }: Workshop, pointer: string, name: string) => {
  const path = join(dir, "demo", pointer);
  rmSync(path, { force: true });
  symlinkSync(`../.mirrorctl/snapshots/demo/${name}`, path);
};

describe("a move that was killed before it was put on record", () => {
  test.each([
    ["stage", ["stage", "demo", "s2"], "staging"],
    ["promote", ["promote", "demo"], "current"],
    ["publish", ["publish", "demo", "s2"], "current"],
  ] as const)("is put on record by the same %s", async (kind, words, pointer) => {
    const workshop = await openWorkshop(["1", "2"]);
    await workshop.succeed("snapshot", "stage", "demo", "s1");
    await workshop.succeed("snapshot", "promote", "demo");
    if (kind !== "stage") await workshop.succeed("snapshot", "stage", "demo", "s2");
    await forget(workshop, () => workshop.succeed("snapshot", ...words));
    expect((await moves(workshop, pointer)).at(-1)).not.toEqual([kind, "s1", "s2"]);
    await workshop.succeed("snapshot", ...words);
    expect((await moves(workshop, pointer)).at(-1)).toEqual([kind, "s1", "s2"]);
    await workshop.succeed("snapshot", ...words);
    expect(await moves(workshop, pointer)).toHaveLength(2);
  });

  test("withdraws what is newer than what was published", async () => {
    const workshop = await openWorkshop(["1", "2", "3"]);
    for (const name of ["s2", "s3"]) await workshop.succeed("snapshot", "publish", "demo", name);
    pointTo(workshop, "current", "s1");
    expect(workshop.shows(".current.previous")).toBe("s2");
    await workshop.succeed("snapshot", "publish", "demo", "s1");
    expect(workshop.shows(".current.previous")).toBeUndefined();
    expect((await moves(workshop, "current")).at(-1)).toEqual(["publish", "s3", "s1"]);
  });

  test("is put on record by the next sync, and so is what the sync itself had done", async () => {
    const workshop = await openWorkshop();
    await workshop.configure({ demo: "publish_to_staging = true\n" });
    await workshop.succeed("sync");
    const { document: before } = await workshop.succeed("history", "demo");
    await workshop.repository.publish();
    await forget(workshop, () => workshop.succeed("sync"));
    await workshop.succeed("sync");
    const { document } = await workshop.succeed("history", "demo");
    const entries = document.mirrors[0].entries.slice(before.mirrors[0].entries.length);
    const latest = workshop.shows("latest");
    const staging = workshop.shows("staging");
    expect(entries).toMatchObject([
      { kind: "sync", to: latest },
      { kind: "stage", pointer: "staging", to: staging },
    ]);
    await workshop.succeed("sync");
    const { document: after } = await workshop.succeed("history", "demo");
    expect(after.mirrors[0].entries).toHaveLength(document.mirrors[0].entries.length);
  });

  test("of a pointer that had to go is put on record by the same delete", async () => {
    const workshop = await openWorkshop(["1", "2"]);
    for (const name of ["s1", "s2"]) await workshop.succeed("snapshot", "publish", "demo", name);
    rmSync(join(workshop.dir, "demo/current"));
    await workshop.succeed("snapshot", "delete", "demo", "s2", "--force");
    expect((await moves(workshop, "current")).at(-1)).toEqual(["delete", "s2", undefined]);
    expect(await moves(workshop, "current")).toHaveLength(3);
  });
});

test("links of the root that a killed sync did not come to are made by the next one", async () => {
  const workshop = await openWorkshop();
  await workshop.configure({ demo: 'root_shows = "staging"\npublish_to_staging = true\n' });
  await workshop.succeed("sync");
  rmSync(join(workshop.dir, "demo/dists"));
  await workshop.succeed("sync");
  expect(existsSync(join(workshop.dir, "demo/dists/stable/InRelease"))).toBe(true);
});

test("a snapshot that is half there under its hidden name is not listed, and goes", async () => {
  const workshop = await openWorkshop(["1", "2"]);
  const at = (name: string) => join(workshop.dir, ".mirrorctl/snapshots/demo", name);
  renameSync(at("s1"), at(".s1.part"));
  const { document } = await workshop.succeed("snapshot", "list", "demo");
  expect(document.mirrors[0].snapshots).toMatchObject([{ name: "s2" }]);
  await workshop.succeed("snapshot", "create", "demo", "s3");
  expect(readdirSync(at("")).sort()).toEqual([".s2.manifest", ".s3.manifest", "s2", "s3"]);
});
