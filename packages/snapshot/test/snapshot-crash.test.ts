import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import { expect, it } from "vitest";
import { openStore } from "../src/index.js";
import { CREATED, damaged, HOLDER, NOTE } from "./plant.js";

const CHILD = fileURLToPath(new URL("./children/snapshots.mjs", import.meta.url));
const FILES = 60;

it.each(["create", "replace", "move", "remove"])(
  "kill -9 at twenty random moments of %s leaves whole snapshots, and nothing for good",
  async (work) => {
    await using dir = await temporaryDirectory();
    mkdirSync(`${dir.path}/www`);
    const external = `${dir.path}/www/site`;
    const store = openStore({ dir: `${dir.path}/store`, pointers: [external] });
    const site = store.collection("site");
    site.prepare();
    for (const generation of ["g1", "g2"]) {
      const builder = site.newTree(generation);
      for (let count = 0; count < FILES; count += 1)
        builder.write(`lib/${count % 6}/${count}`, Buffer.from(`${generation} ${count}`), CREATED);
      builder.write("index.html", Buffer.from(generation), CREATED);
      const tree = await builder.seal({ created: CREATED, facts: { generation } });
      site.swap("latest", tree);
      await site.createSnapshot({ name: generation, created: CREATED });
    }
    await site.createSnapshot({ name: "replaced", created: CREATED });
    for (const pointer of ["current", external]) {
      const tree = site.snapshot("g1");
      if (tree !== undefined) site.move(pointer, tree, { ...NOTE, kind: "promote" });
    }

    let interrupted = 0;
    for (let round = 0; round < 20; round += 1) {
      const child = spawn(process.execPath, [CHILD, store.dir, work, String(round), external], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = once(child, "close");
      await once(child.stdout, "data");
      await new Promise((done) => setTimeout(done, Math.random() * 60));
      child.kill("SIGKILL");
      expect((await closed)[1]).toBe("SIGKILL");

      for (const snapshot of site.snapshots()) {
        expect(damaged(snapshot)).toEqual([]);
        expect([...snapshot.files()]).toHaveLength(FILES + 1);
        const { generation } = snapshot.header().facts as { generation: string };
        expect(snapshot.header().source).toBe(generation);
      }
      for (const pointer of ["latest", "current", external]) {
        const tree = site.resolve(pointer);
        expect(tree && damaged(tree)).toEqual([]);
      }
      for (const path of site.usage().snapshots.values())
        for (const link of path) expect(existsSync(link)).toBe(true);
      for (const { kind } of site.history()) expect(["promote", "rollback"]).toContain(kind);
      const before = readdirSync(site.paths.snapshots);
      if (before.some((name) => /\.(part|old|unsealed|replaced|tmp)$/.test(name))) interrupted += 1;

      const lock = await site.lock("store", HOLDER);
      await site.createSnapshot({ name: "next", created: CREATED });
      site.removeSnapshot("next");
      const names = site.snapshots().map(({ name }) => name);
      if (work === "replace") expect(names).toContain("replaced");
      expect(readdirSync(site.paths.snapshots).sort()).toEqual(
        names
          .flatMap((name) => [
            name,
            `.${name}.manifest`,
            ...(site.snapshot(name)?.protected ? [`.${name}.protected`] : []),
          ])
          .sort(),
      );
      for (const name of names)
        if (/^[rx]\d/.test(name)) site.removeSnapshot(name, { force: true });
      lock.release();
    }
    if (work !== "move") expect(interrupted).toBeGreaterThan(0);

    const locks = [await site.lock("sync", HOLDER), await site.lock("store", HOLDER)];
    const swept = site.sweep({ now: CREATED, grace: 3_600_000 });
    expect(swept.foreign).toEqual([]);
    for (const directory of [site.paths.pointers, `${dir.path}/www`, site.paths.snapshots])
      expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    for (const lock of locks) lock.release();
    expect(lstatSync(external).isSymbolicLink()).toBe(true);
  },
);
