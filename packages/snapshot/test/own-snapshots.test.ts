import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Collection, openStore } from "../src/index.js";

const NOW = new Date("2026-01-01T00:00:00Z");
const foreign = expect.objectContaining({ code: "ERR_SNAPSHOT_FOREIGN_ENTRY" });

async function publish(collection: Collection, generation: string): Promise<void> {
  collection.prepare();
  const builder = collection.newTree(generation);
  builder.write("file", Buffer.from(generation), NOW);
  collection.swap("latest", await builder.seal({ created: NOW, facts: null }));
}

async function place(): Promise<string> {
  const directory = await temporaryDirectory("own-");
  onTestFinished(() => directory.remove());
  return directory.path;
}

describe("a directory of snapshots outside of the store", () => {
  it("is of one store alone: another one neither adds, removes nor prunes there", async () => {
    const root = await place();
    const snapshots = join(root, "snapshots");
    const mine = openStore({ dir: join(root, "mine"), snapshots }).collection("site");
    await publish(mine, "g1");
    await mine.createSnapshot({ name: "a", created: NOW });
    const other = openStore({ dir: join(root, "other"), snapshots }).collection("site");
    await publish(other, "g2");
    await expect(other.createSnapshot({ name: "b", created: NOW })).rejects.toThrow(foreign);
    expect(() => other.removeSnapshot("a")).toThrow(foreign);
    const now = { now: NOW, environments: [] };
    expect(() => other.pruneSnapshots({ keepLast: 0 }, now)).toThrow(foreign);
    expect(() => other.remove()).toThrow(foreign);
    other.sweep({ now: NOW, grace: 0 });
    expect(mine.snapshots().map(({ name }) => name)).toEqual(["a"]);
  });

  it("stays its own when the store is moved", async () => {
    const root = await place();
    const snapshots = join(root, "snapshots");
    await publish(openStore({ dir: join(root, "before"), snapshots }).collection("site"), "g1");
    const site = openStore({ dir: join(root, "before"), snapshots }).collection("site");
    await site.createSnapshot({ name: "a", created: NOW });
    renameSync(join(root, "before"), join(root, "after"));
    const moved = openStore({ dir: join(root, "after"), snapshots }).collection("site");
    await moved.createSnapshot({ name: "b", created: NOW });
    moved.removeSnapshot("a");
    expect(moved.snapshots().map(({ name }) => name)).toEqual(["b"]);
  });

  it("is never reached through a symlink", async () => {
    const root = await place();
    const site = openStore({ dir: join(root, "store") }).collection("site");
    await publish(site, "g1");
    const outside = join(root, "outside");
    mkdirSync(join(outside, "keep"), { recursive: true });
    writeFileSync(join(outside, "keep/file"), "mine");
    writeFileSync(join(outside, ".keep.unsealed"), "");
    mkdirSync(join(root, "store/.mirrorctl/snapshots"), { recursive: true });
    symlinkSync(outside, join(root, "store/.mirrorctl/snapshots/site"));
    site.sweep({ now: NOW, grace: 0 });
    const now = { now: NOW, environments: [] };
    expect(() => site.pruneSnapshots({ keepLast: 0 }, now)).toThrow(foreign);
    expect(() => site.removeSnapshot("keep")).toThrow(foreign);
    await expect(site.createSnapshot({ name: "a", created: NOW })).rejects.toThrow(foreign);
    expect(existsSync(join(outside, "keep/file"))).toBe(true);
  });
});

describe("a history with garbage in it", () => {
  it("keeps no collection from being read, pruned or removed from", async () => {
    const root = await place();
    const store = openStore({ dir: join(root, "store") });
    const site = store.collection("site");
    await publish(site, "g1");
    const told = { at: NOW, kind: "promote", by: { user: "me", host: "here" }, command: "test" };
    const snapshot = await site.createSnapshot({ name: "a", created: NOW });
    site.move("current", snapshot, told);
    const line = (pointer: string, to: string) => JSON.stringify({ ...told, pointer, to });
    const lines = [line("/a\0b", "y"), line("current", "../../../etc"), line("a/b", "c")];
    const history = join(
      site.paths.state,
      readdirSync(site.paths.state).find((name) => name.includes("history")) ?? "",
    );
    writeFileSync(history, `${lines.join("\n")}\n`, { flag: "a" });
    const other = store.collection("other");
    await publish(other, "g1");
    other.pruneSnapshots({ keepLast: 0 }, { now: NOW, environments: ["current"] });
    expect(site.shownBefore("current")).toEqual([]);
    expect([...site.history()].length).toBe(1);
    rmSync(history);
  });
});
