import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection, Snapshot, Store } from "../src/index.js";
import { openStore } from "../src/index.js";
import { planShownBefore } from "../src/shown-before.js";
import { BY, CREATED, NOTE, plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: Store;
let site: Collection;
let snapshots: Snapshot[];
const external = () => `${dir.path}/www/site`;
const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
beforeEach(async () => {
  dir = await temporaryDirectory();
  mkdirSync(`${dir.path}/www`);
  const elsewhere = ["www/snapshots", "nowhere/x"].map((path) => `${dir.path}/${path}`);
  store = openStore({ dir: `${dir.path}/store`, pointers: [external(), ...elsewhere] });
  site = store.collection("site");
  site.prepare();
  site.swap("latest", await plant(site, "g1"));
  snapshots = [];
  for (const name of ["a", "b", "c"])
    snapshots.push(await site.createSnapshot({ name, created: CREATED }));
});
afterEach(() => dir.remove());

const move = (pointer: string, name: string, kind = "promote", withdraw = false) => {
  const tree = site.snapshot(name);
  if (tree === undefined) throw new Error(name);
  return site.move(pointer, tree, { ...NOTE, kind, withdraw });
};
const previous = (pointer = "current") => site.shownBefore(pointer);

describe("a move", () => {
  it("moves the pointer, keeps what was shown beside it, and is recorded", () => {
    expect(move("current", "a")).toEqual({ to: "a", moved: true, recorded: true });
    expect(move("current", "b")).toEqual({ from: "a", to: "b", moved: true, recorded: true });
    expect(move("current", "b")).toEqual({ from: "b", to: "b", moved: false, recorded: true });
    expect(readlinkSync(`${site.paths.pointers}/current`)).toBe("../.mirrorctl/snapshots/site/b");
    expect(readlinkSync(`${site.paths.pointers}/.current.previous`)).toMatch(/\/a$/);
    expect([...site.history()]).toEqual([
      { at: CREATED, kind: "promote", by: BY, command: "test", pointer: "current", to: "a" },
      {
        at: CREATED,
        kind: "promote",
        by: BY,
        command: "test",
        pointer: "current",
        from: "a",
        to: "b",
      },
    ]);
  });

  it("that withdraws removes what lies beside, also when it is done again", () => {
    for (const name of ["a", "b"]) move("current", name);
    move("current", "a", "rollback", true);
    expect(site.usage().snapshots.get("b")).toBeUndefined();
    expect(site.resolve("current")?.generation).toBe("a");
    move("staging", "a");
    move("staging", "b");
    expect(move("staging", "b", "rollback", true).moved).toBe(false);
    expect(site.usage().snapshots.get("a")).toEqual([`${site.paths.pointers}/current`]);
  });

  it("goes to any directory, by an absolute path, and what is shown there is in use", () => {
    move(external(), "a");
    expect(readlinkSync(external())).toBe(snapshots[0]?.path);
    expect(site.resolve(external())?.generation).toBe("a");
    move(external(), "b");
    expect(readlinkSync(`${dir.path}/www/.site.previous`)).toBe(snapshots[0]?.path);
    expect(() => site.removeSnapshot("a")).toThrow(code("IN_USE"));
    expect(site.shownBefore(external())).toEqual(["a"]);
    // A store that was not told of the pointer knows it from the history.
    const forgetful = openStore({ dir: store.dir }).collection("site");
    expect(forgetful.usage().snapshots.get("b")).toEqual([external()]);
    expect(forgetful.sweep({ now: CREATED, grace: 0 }).unreadable).toEqual([]);
  });

  it("is refused for places among the trees, by bad names, and over foreign entries", () => {
    for (const pointer of [
      `${site.paths.trees}/x`,
      `${site.paths.snapshots}/x`,
      site.paths.snapshots,
      `${dir.path}/www/.hidden`,
      "../x",
    ])
      expect(() => move(pointer, "a")).toThrow(code("BAD_NAME"));
    const a = site.snapshot("a");
    if (a !== undefined) {
      const when = { ...NOTE, at: new Date(Number.NaN), kind: "promote" };
      expect(() => site.move("current", a, when)).toThrow(RangeError);
      expect(site.resolve("current")).toBeUndefined();
      site.swap(`${dir.path}/www/snapshots`, a);
    }
    // Nobody would know later that it shows something.
    expect(() => move(`${dir.path}/www/undeclared`, "a")).toThrow(TypeError);
    writeFileSync(external(), "mine");
    expect(() => move(external(), "a")).toThrow(code("FOREIGN_ENTRY"));
    expect(() => move(`${dir.path}/nowhere/x`, "a")).toThrow(code("WRITE"));
    expect([...site.history()]).toEqual([]);
  });

  it("stands without a record when the history cannot be written", () => {
    move("current", "a");
    rmSync(site.paths.state, { recursive: true });
    writeFileSync(site.paths.state, "in the way");
    expect(move("current", "b")).toMatchObject({ from: "a", moved: true, recorded: false });
    rmSync(site.paths.state);
    expect(previous()).toEqual(["a"]);
    expect(move("current", "b")).toMatchObject({ moved: false, recorded: true });
    expect([...site.history()]).toHaveLength(1);
  });
});

it("shows one whole tree at every instant of 200 moves, here and elsewhere, to a reader that spins", async () => {
  for (const name of ["a", "b"]) {
    move("current", name);
    move(external(), name);
  }
  const readers = [`${site.paths.pointers}/current`, external()].map((pointer) => {
    const script = fileURLToPath(new URL("./children/spin-pointer.mjs", import.meta.url));
    return spawn(process.execPath, [script, pointer], { stdio: ["pipe", "pipe", "inherit"] });
  });
  const said = readers.map((reader) => {
    const lines: string[] = [];
    reader.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(text));
    return lines;
  });
  await Promise.all(readers.map((reader) => once(reader.stdout, "data")));
  for (let count = 0; count < 200; count += 1) {
    const name = ["a", "b", "c"][count % 3] ?? "";
    move("current", name, count % 7 === 0 ? "rollback" : "promote", count % 7 === 0);
    move(external(), name);
    if (count % 20 === 0) await new Promise((done) => setTimeout(done, 1));
  }
  for (const [index, reader] of readers.entries()) {
    const closed = once(reader, "close");
    reader.stdin.end();
    await closed;
    const { looks, failures } = JSON.parse(said[index]?.join("").split("\n")[1] ?? "");
    expect(failures).toEqual({});
    expect(looks).toBeGreaterThan(50);
  }
});

describe("a pointer into snapshots at another place", () => {
  it("is ours by the manifest there, and can be moved", async () => {
    const old = store.collection("site", { snapshots: `${dir.path}/old` });
    const v1 = await old.createSnapshot({ name: "v1", created: CREATED });
    old.swap("staging", v1);
    expect(site.resolve("staging")?.path).toBe(`${dir.path}/old/site/v1`);
    const shown = site.resolve("staging");
    if (shown !== undefined) site.move("current", shown, { ...NOTE, kind: "promote" });
    expect(site.resolve("current")?.path).toBe(v1.path);
    move("staging", "a");
    expect(readlinkSync(`${site.paths.pointers}/.staging.previous`)).toBe(v1.path);
    rmSync(`${dir.path}/old/site/.v1.manifest`);
    expect(() => site.resolve("current")).toThrow(code("FOREIGN_ENTRY"));
  });
});

describe("the history", () => {
  const history = () => `${site.paths.state}/history.jsonl`;

  it("passes over what is torn or garbage, and glues nothing to it", () => {
    const entry = { ...NOTE, kind: "sync", note: { changed: 3 } };
    expect([...site.history()]).toEqual([]);
    site.record(entry);
    appendFileSync(history(), 'garbage\n{"at":7}\n[]\n\n{"at":"2026-11-21T00:0');
    site.record({ ...entry, kind: "again" });
    site.record({ ...entry, kind: "third", by: { ...BY, sudoUser: "root" }, pointer: "current" });
    expect([...site.history()].map(({ kind }) => kind)).toEqual(["sync", "again", "third"]);
    expect([...site.history()][0]).toEqual(entry);
    expect(readFileSync(history(), "utf8")).toMatch(/00:0\n\{/);
  });

  it("is read back as it was written, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: fc.string(), command: fc.string(), note: fc.jsonValue() })),
        fc.uint8Array({ maxLength: 30 }),
        (entries, garbage) => {
          rmSync(history(), { force: true });
          for (const entry of entries) {
            site.record({ ...NOTE, ...entry });
            appendFileSync(history(), garbage);
          }
          const read = [...site.history()].map(({ kind, command, note }) => ({
            kind,
            command,
            note,
          }));
          expect(read).toEqual(JSON.parse(JSON.stringify(entries)));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("what a pointer showed before", () => {
  it("is a stack from which a rollback takes", () => {
    for (const name of ["a", "b", "c"]) move("current", name);
    expect(previous()).toEqual(["b", "a"]);
    move("current", "b", "rollback", true);
    expect(previous()).toEqual(["a"]);
    move("current", "a", "rollback", true);
    expect(previous()).toEqual([]);
    move("current", "c");
    expect(previous()).toEqual(["a"]);
    expect(site.shownBefore("staging")).toEqual([]);
  });

  it("comes from .previous where the history is lost, and from a move that was not recorded", () => {
    for (const name of ["a", "b"]) move("current", name);
    const c = site.snapshot("c");
    if (c !== undefined) site.swap("current", c);
    expect(previous()).toEqual(["b", "a"]);
    rmSync(`${site.paths.state}/history.jsonl`);
    expect(previous()).toEqual(["b"]);
  });

  it("agrees with a stack that is kept by hand", () => {
    const step = fc.oneof(
      fc.record({ to: fc.constantFrom("a", "b", "c", "d", "e"), back: fc.constant(false) }),
      fc.record({ to: fc.constant(""), back: fc.constant(true) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(), (steps, lose) => {
        const stack: string[] = [];
        let now: string | undefined;
        let before: string | undefined;
        const moves: { kind: string; from?: string; to: string }[] = [];
        for (const { to, back } of steps) {
          const target = back ? stack.pop() : to;
          if (target === undefined || target === now) continue;
          if (!back && now !== undefined) stack.push(now);
          moves.push({
            kind: back ? "rollback" : "promote",
            ...(now === undefined ? {} : { from: now }),
            to: target,
          });
          before = back ? undefined : now;
          now = target;
        }
        const expected = stack.toReversed();
        expect(planShownBefore({ moves, now, previous: before })).toEqual(expected);
        // The last record may be missing: it is made up for.
        if (before !== undefined)
          expect(planShownBefore({ moves: moves.slice(0, -1), now, previous: before })[0]).toBe(
            before,
          );
        // However much of the history is lost, what lies beside the pointer is on top.
        if (before !== undefined)
          expect(planShownBefore({ moves: moves.slice(lose), now, previous: before })[0]).toBe(
            before,
          );
      }),
    );
  });
});
