import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mirror/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Collection, openStore } from "../src/index.js";
import { CREATED, NOTE, plant } from "./plant.js";

async function openSite(snapshots?: string): Promise<Collection> {
  const place = await temporaryDirectory("stopped-");
  onTestFinished(() => place.remove());
  const root = snapshots === undefined ? undefined : join(place.path, snapshots);
  const site = openStore({ dir: join(place.path, "store"), snapshots: root }).collection("site");
  site.prepare();
  site.swap("latest", await plant(site, "g1"));
  for (const name of ["a", "b"]) await site.createSnapshot({ name, created: CREATED });
  return site;
}

const names = (site: Collection) => site.snapshots().map(({ name }) => name);

describe("a snapshot that lies under its hidden name with a manifest", () => {
  it("is none, whether it was being made or taken away, and goes with the next work", async () => {
    const site = await openSite();
    const at = (name: string) => join(site.paths.snapshots, name);
    renameSync(at("a"), at(".a.part"));
    expect(names(site)).toEqual(["b"]);
    await site.createSnapshot({ name: "a", created: CREATED });
    expect(names(site)).toEqual(["a", "b"]);
    renameSync(at("a"), at(".a.part"));
    site.sweep({ now: CREATED, grace: 0 });
    expect(readdirSync(site.paths.snapshots).sort()).toEqual([".b.manifest", "b"]);
  });

  it("goes when that was stopped, too", async () => {
    const site = await openSite();
    const at = (name: string) => join(site.paths.snapshots, name);
    renameSync(at("a"), at(".a.part"));
    renameSync(at(".a.manifest"), at(".a.unsealed"));
    writeFileSync(at(".a.protected"), "");
    site.removeSnapshot("b");
    expect(readdirSync(site.paths.snapshots)).toEqual([]);
  });
});

describe("a removal", () => {
  it("of a collection takes a snapshot along whose replacement had been stopped", async () => {
    const site = await openSite();
    const at = (name: string) => join(site.paths.snapshots, name);
    renameSync(at(".a.manifest"), at(".a.replaced"));
    site.remove();
    expect(existsSync(site.paths.snapshots)).toBe(false);
  });

  it("tells when its pointers have gone and its files have not", async () => {
    const site = await openSite();
    const tree = site.snapshot("a");
    if (tree === undefined) throw new Error("no snapshot");
    site.move("current", tree, { ...NOTE, kind: "stage" });
    const seen: unknown[] = [];
    const onUnshown = (gone: readonly string[]) =>
      void seen.push([gone, site.resolve("current"), existsSync(`${tree.path}/index.html`)]);
    site.removeSnapshot("a", { force: true, onUnshown });
    expect(seen).toEqual([[[join(site.paths.pointers, "current")], undefined, true]]);
  });

  it("that was stopped before what it keeps had its name leaves that to the next sweep", async () => {
    const site = await openSite();
    const kept = join(site.paths.state, "deleted", ".mirrorctl-0123456789abcdef.tmp");
    mkdirSync(kept, { recursive: true });
    writeFileSync(join(kept, "manifest.gz"), "");
    expect(site.sweep({ now: CREATED, grace: 0 }).temporary).toBe(1);
    expect(readdirSync(join(site.paths.state, "deleted"))).toEqual([]);
  });
});

it("the id of a store stays when another collection looks for one, and leaves no other name", async () => {
  const site = await openSite("elsewhere");
  const home = join(site.paths.trees, "../..");
  const id = readFileSync(join(home, "store-id"), "utf8");
  const other = openStore({ dir: join(home, ".."), snapshots: join(home, "../../elsewhere") });
  const twin = other.collection("twin");
  twin.prepare();
  twin.swap("latest", await plant(twin, "g1"));
  await twin.createSnapshot({ name: "a", created: CREATED });
  expect(readFileSync(join(home, "store-id"), "utf8")).toBe(id);
  expect(readFileSync(join(twin.paths.snapshots, ".store"), "utf8")).toBe(id);
  const left = [home, site.paths.trees, twin.paths.trees].flatMap((path) => readdirSync(path));
  expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
});
