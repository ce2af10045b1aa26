import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../src/index.js";

const NOW = new Date("2026-01-01T00:00:00Z");
const BY = { user: "me", host: "here" };

async function filled(snapshots?: string) {
  const place = await temporaryDirectory("remove-");
  onTestFinished(() => place.remove());
  const dir = join(place.path, "store");
  const root = snapshots === undefined ? undefined : join(place.path, snapshots);
  const store = openStore({ dir, snapshots: root });
  for (const id of ["a", "b"]) {
    const collection = store.collection(id);
    collection.prepare();
    const builder = collection.newTree("g1");
    builder.write("x/file", Buffer.from(id.repeat(1000)), NOW);
    collection.swap("latest", await builder.seal({ created: NOW, facts: null }));
    collection.showLinks("latest", ["x"]);
    const snapshot = await collection.createSnapshot({ name: "s1", created: NOW });
    collection.protect("s1", { at: NOW, by: BY, command: "test" });
    collection.move("current", snapshot, { kind: "stage", at: NOW, by: BY, command: "test" });
  }
  return { dir, store, place: place.path };
}

describe("the removal of a collection", () => {
  it("takes all of it and nothing of another, and says what it frees", async () => {
    const { dir, store } = await filled();
    const planned = store.collection("a").remove({ dryRun: true });
    expect(existsSync(join(dir, "a/current/x/file"))).toBe(true);
    const removed = store.collection("a").remove();
    expect(removed).toEqual(planned);
    expect(removed).toMatchObject({ snapshots: ["s1"], trees: ["g1"] });
    // Manifests are freed too.
    expect(Math.floor(removed.bytesFreed / 1000)).toBe(1);
    expect(removed.pointers.toSorted()).toEqual(["current", "latest", "snapshots", "x"]);
    expect(existsSync(join(dir, "a"))).toBe(false);
    expect(await store.collections()).toEqual(["b"]);
    expect(existsSync(join(dir, "b/current/x/file"))).toBe(true);
    expect(store.collection("a").remove()).toMatchObject({
      trees: [],
      snapshots: [],
      bytesFreed: 0,
    });
  });

  it("finds snapshots where they were configured before", async () => {
    const { dir, place } = await filled("elsewhere");
    openStore({ dir }).collection("a").remove();
    expect(readdirSync(join(place, "elsewhere"))).toEqual(["b"]);
  });

  it("takes its pointers elsewhere along, which the history tells of", async () => {
    const { dir, place } = await filled();
    const pointer = join(place, "production");
    const collection = openStore({ dir, pointers: [pointer] }).collection("a");
    const snapshot = collection.snapshot("s1");
    if (snapshot === undefined) throw new Error("no snapshot");
    collection.move(pointer, snapshot, { kind: "promote", at: NOW, by: BY, command: "test" });
    expect(openStore({ dir }).collection("a").remove().pointers).toContain(pointer);
    expect(readdirSync(place)).not.toContain("production");
  });

  it("leaves what was not made here", async () => {
    const { dir, store } = await filled();
    mkdirSync(join(dir, "a/mine"));
    writeFileSync(join(dir, "a/README"), "mine");
    const { foreign } = store.collection("a").remove();
    expect(foreign.toSorted()).toEqual([join(dir, "a/README"), join(dir, "a/mine")]);
    expect(readdirSync(join(dir, "a")).toSorted()).toEqual(["README", "mine"]);
  });

  it("is refused while another collection shows something of it", async () => {
    const { dir, store } = await filled();
    const snapshot = store.collection("a").snapshot("s1");
    if (snapshot === undefined) throw new Error("no snapshot");
    store.collection("b").swap("borrowed", snapshot);
    expect(() => store.collection("a").remove()).toThrow(
      expect.objectContaining({ code: "ERR_SNAPSHOT_IN_USE" }),
    );
    expect(existsSync(join(dir, "a/current/x/file"))).toBe(true);
  });
});
