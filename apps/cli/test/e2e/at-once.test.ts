import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { describeNeeds, judgeMirror } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openWorkshop, type Workshop } from "../workshop.js";
import { BUNDLE } from "./mirrorctl.js";

interface Ended {
  readonly status: number | null;
  readonly code: string | undefined;
  readonly stderr: string;
}

/** Starts the built command; several run at once. */
function start({ config }: Workshop, ...words: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [BUNDLE, ...words, "--json", "-c", config], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError("a child without pipes");
  const said = Promise.all([text(stdout), text(stderr), once(child, "close")]);
  const ended = said.then(([out, err, [status]]): Ended => {
    const { error, mirrors = [] } = out === "" ? {} : JSON.parse(out);
    const failed = mirrors.find(({ ok }: { ok: boolean }) => !ok);
    return { status, code: (error ?? failed?.error)?.code, stderr: err };
  });
  return { child, ended };
}

const many = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make);

async function expectComplete({ dir, keyring }: Workshop, ...shown: readonly string[]) {
  for (const path of shown) {
    const { violations, verifier } = await judgeMirror(join(dir, path), {
      keyring,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect([path, violations, verifier]).toEqual([path, [], "gpgv"]);
  }
}

/** Resolves once upstream was asked for a package, which does not arrive. */
function stopAtPackages({ server }: Workshop): Promise<void> & { readonly lift: () => void } {
  let arrived = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const fault = server.fault(/\.deb$/, { kind: "respond", respond: () => arrived() });
  return Object.assign(asked, { lift: () => fault.remove() });
}

describeNeeds(describe, ["gpgv"], "commands at once", () => {
  test("four syncs of one mirror: each is done, or told who is at it", async () => {
    const workshop = await openWorkshop();
    for (const words of [["sync"], ["sync", "--force"]]) {
      const all = await Promise.all(many(4, () => start(workshop, ...words).ended));
      expect(all.filter(({ status }) => status === 0).length).toBeGreaterThan(0);
      for (const { status, code, stderr } of all)
        if (status !== 0)
          expect([status, code, stderr]).toEqual([1, "ERR_SNAPSHOT_LOCKED", stderr]);
      await expectComplete(workshop, "demo/latest");
    }
  });

  test("four syncs that wait: all are done, one after the other", async () => {
    const workshop = await openWorkshop();
    const all = await Promise.all(
      many(4, () => start(workshop, "sync", "--force", "--wait").ended),
    );
    expect(all.map(({ status, stderr }) => (status === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
    await expectComplete(workshop, "demo/latest");
    const history = await workshop.succeed("history", "demo");
    const made = history.document.mirrors[0].entries.map(({ to }: { to: string }) => to);
    expect(new Set(made).size).toBe(4);
  });

  test("a sync of one mirror while another one is synced: neither waits for the other", async () => {
    const workshop = await openWorkshop([], { a: "", b: "" });
    const slow = stopAtPackages(workshop);
    const a = start(workshop, "sync", "a");
    await slow;
    slow.lift();
    const b = await start(workshop, "sync", "b").ended;
    expect([b.status, b.stderr]).toEqual([0, expect.anything()]);
    await expectComplete(workshop, "b/latest");
    expect(existsSync(join(workshop.dir, "a", "latest"))).toBe(false);
    a.child.kill("SIGKILL");
    await a.ended;
    expect((await start(workshop, "sync").ended).status).toBe(0);
    await expectComplete(workshop, "a/latest", "b/latest");
  });

  test("a sync that waits for one that is killed: it goes on at once", async () => {
    const workshop = await openWorkshop();
    const slow = stopAtPackages(workshop);
    const killed = start(workshop, "sync");
    await slow;
    slow.lift();
    const refused = await start(workshop, "sync").ended;
    expect([refused.status, refused.code]).toEqual([1, "ERR_SNAPSHOT_LOCKED"]);
    expect(refused.stderr).toContain(`${killed.child.pid}`);
    const waiting = start(workshop, "sync", "--wait");
    await Promise.race([waiting.ended, delay(1000)]);
    expect(existsSync(join(workshop.dir, "demo", "latest"))).toBe(false);
    killed.child.kill("SIGKILL");
    expect((await waiting.ended).status).toBe(0);
    await expectComplete(workshop, "demo/latest");
    expect(readdirSync(join(workshop.dir, ".mirrorctl/partial/demo"))).toEqual([]);
  });

  test("six snapshots in one second: each that is listed is complete, and none is lost", async () => {
    const workshop = await openWorkshop();
    await workshop.succeed("sync");
    const all = await Promise.all(
      many(6, () => start(workshop, "snapshot", "create", "demo").ended),
    );
    const done = all.filter(({ status }) => status === 0);
    expect(done.length).toBeGreaterThan(0);
    for (const { status, code, stderr } of all)
      if (status !== 0) expect([code, stderr]).toEqual(["ERR_SNAPSHOT_LOCKED", stderr]);
    const listed = await workshop.succeed("snapshot", "list", "demo");
    const names: string[] = listed.document.mirrors[0].snapshots.map(
      ({ name }: { name: string }) => name,
    );
    expect(new Set(names).size).toBe(done.length);
    await expectComplete(workshop, ...names.map((name) => `.mirrorctl/snapshots/demo/${name}`));
  });
});
