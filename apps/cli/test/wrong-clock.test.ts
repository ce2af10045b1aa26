import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { mirrorctl } from "./host.js";
import { openWorkshop, type Workshop } from "./workshop.js";

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

const publish = ({ repository }: Workshop, version: string) => {
  const packages = ["hello", "world"].map((name) => ({ package: name, version }));
  return repository.publish({ suites: { stable: { packages } } });
};

/** Syncs with a clock that is ahead by so many ms; what became of snapshots. */
const sync = async ({ config }: Workshop, ahead = 0) => {
  const words = ["sync", "--json", "-c", config];
  const ran = await mirrorctl(words, { now: () => new Date(Date.now() + ahead) });
  expect(ran).toMatchObject({ status: 0 });
  return JSON.parse(ran.stdout).mirrors[0].snapshot;
};

/** The versions that clients see where a pointer leads. */
const versions = ({ dir }: Workshop, pointer: string) => {
  const index = join(dir, "demo", pointer, "dists/stable/main/binary-amd64/Packages.gz");
  const stanzas = gunzipSync(readFileSync(index)).toString();
  return [...new Set(stanzas.match(/(?<=^Version: ).*$/gm))];
};

const kept = async ({ succeed }: Workshop): Promise<string[]> => {
  const { document } = await succeed("snapshot", "list", "demo");
  return document.mirrors[0].snapshots.map(({ name }: { name: string }) => name);
};

describe("after a clock that was ahead has been set right", () => {
  test.each([90 * SECOND, DAY])("staging is not taken back, by %i ms", async (ahead) => {
    const workshop = await openWorkshop([], { demo: "publish_to_staging = true" });
    await publish(workshop, "1.0");
    const first = await sync(workshop, ahead);
    await publish(workshop, "2.0");
    await sync(workshop);
    for (const _again of [1, 2]) {
      await sync(workshop);
      expect(versions(workshop, "staging")).toEqual(["2.0"]);
    }
    await workshop.succeed("snapshot", "promote", "demo");
    expect(versions(workshop, "current")).toEqual(["2.0"]);

    await workshop.succeed("snapshot", "stage", "demo", first.created);
    await sync(workshop);
    expect(versions(workshop, "staging")).toEqual(["1.0"]);
    const [newest = ""] = (await kept(workshop)).filter((name) => name !== first.created);
    await workshop.succeed("snapshot", "stage", "demo", newest);
    await sync(workshop);
    expect(versions(workshop, "staging")).toEqual(["2.0"]);
  });

  test("the newest snapshots are kept, and none is made in vain", async () => {
    const workshop = await openWorkshop([], { demo: "snapshot.prune = { keep_last = 2 }" });
    for (const version of ["1.0", "2.0"]) {
      await publish(workshop, version);
      await sync(workshop, DAY);
    }
    const made: string[] = [];
    for (const version of ["3.0", "4.0", "5.0"]) {
      await publish(workshop, version);
      made.push((await sync(workshop)).created);
      expect(await kept(workshop)).toEqual(expect.arrayContaining(made.slice(-2)));
      const before = await kept(workshop);
      expect((await sync(workshop))?.created).toBeUndefined();
      expect(await kept(workshop)).toEqual(before);
    }
    expect(await kept(workshop)).not.toContain(made[0]);
    // When the wrong times have come, the one of what latest shows is still there.
    const later = await sync(workshop, 2 * DAY);
    expect(later?.created).toBeUndefined();
    expect(await kept(workshop)).toContain(made[2]);
  });
});

test("a policy that keeps none by count does not delete what the next sync would make again", async () => {
  const workshop = await openWorkshop([], { demo: "snapshot.prune = { keep_last = 0 }" });
  const { created } = await sync(workshop);
  expect((await sync(workshop))?.created).toBeUndefined();
  await workshop.succeed("snapshot", "prune", "demo");
  expect(await kept(workshop)).toEqual([created]);
  await publish(workshop, "2.0");
  const next = await sync(workshop);
  expect(await kept(workshop)).toEqual([next.created]);
});
