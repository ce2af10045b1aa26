import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../src/index.js";

const NOW = new Date("2026-01-01T00:00:00Z");
const MOVE = { kind: "stage", at: NOW, by: { user: "me", host: "here" }, command: "test" };

async function moved(snapshots: string) {
  const place = await temporaryDirectory("previous-");
  onTestFinished(() => place.remove());
  const dir = join(place.path, "store");
  const root = join(place.path, snapshots);
  const collection = openStore({ dir, snapshots: root }).collection("docs");
  collection.prepare();
  const builder = collection.newTree("g1");
  builder.write("file", Buffer.from("x"), NOW);
  collection.swap("latest", await builder.seal({ created: NOW, facts: null }));
  for (const name of ["a", "b"])
    collection.move("current", await collection.createSnapshot({ name, created: NOW }), MOVE);
  return { dir, root, collection };
}

describe("a .previous whose directory of snapshots is gone", () => {
  it("keeps no pointer from moving", async () => {
    const { dir, root } = await moved("before");
    const after = openStore({ dir }).collection("docs");
    rmSync(join(dir, "docs/current"));
    rmSync(root, { recursive: true });
    const first = await after.createSnapshot({ name: "c", created: NOW });
    const second = await after.createSnapshot({ name: "d", created: NOW });
    after.move("current", first, MOVE);
    after.move("current", second, MOVE);
    expect(readlinkSync(join(dir, "docs/.current.previous"))).toBe(
      "../.mirrorctl/snapshots/docs/c",
    );
  });

  it("goes where what it showed is withdrawn", async () => {
    const { dir, root, collection } = await moved("before");
    rmSync(join(root, "docs/a"), { recursive: true });
    const only = collection.snapshot("b");
    if (only === undefined) throw new Error("no snapshot");
    collection.move("current", only, { ...MOVE, kind: "rollback", withdraw: true });
    expect(() => readlinkSync(join(dir, "docs/.current.previous"))).toThrow("ENOENT");
  });

  it("is left alone where it is no dead link", async () => {
    const { dir, collection } = await moved("before");
    const previous = join(dir, "docs/.current.previous");
    rmSync(previous);
    mkdirSync(join(dir, "elsewhere"));
    symlinkSync(join(dir, "elsewhere"), previous);
    const other = collection.snapshot("a");
    if (other === undefined) throw new Error("no snapshot");
    expect(() => collection.move("current", other, MOVE)).toThrow(
      expect.objectContaining({ code: "ERR_SNAPSHOT_FOREIGN_ENTRY" }),
    );
  });
});
