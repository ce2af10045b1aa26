import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "@mirror/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Collection } from "../src/index.js";
import { openStore } from "../src/index.js";
import { CREATED, HOLDER } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
let collection: Collection;
let children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await temporaryDirectory();
  collection = openStore({ dir: `${dir.path}/store` }).collection("site");
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await dir.remove();
});

const code = (name: string) => expect.objectContaining({ code: `ERR_SNAPSHOT_${name}` });
const file = () => `${collection.paths.locks}/sync.lock`;

/** A process that takes the lock when told, and says what came of it. */
function contender() {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("./children/contend.mjs", import.meta.url)), `${dir.path}/store`],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string;
  return { child, next, tell: (text: string) => child.stdin.write(`${text}\n`) };
}

async function holding() {
  const one = contender();
  expect(await one.next()).toBe("ready");
  one.tell("lock");
  expect(JSON.parse(await one.next())).toMatchObject({ won: true });
  return one;
}

describe("a lock", () => {
  it("names its holder to whoever finds it busy", async () => {
    const lock = await collection.lock("sync", { command: 'say "hi"\n', since: CREATED });
    await expect(collection.lock("sync", HOLDER)).rejects.toEqual(
      expect.objectContaining({
        code: "ERR_SNAPSHOT_LOCKED",
        host: hostname(),
        pid: process.pid,
        since: CREATED,
        command: 'say "hi"\n',
        message: expect.not.stringMatching(/\p{Cc}/u),
      }),
    );
    lock.release();
    lock.release();
    (await collection.lock("sync", HOLDER)).release();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it("of one kind or collection leaves the others free", async () => {
    const store = openStore({ dir: `${dir.path}/store` });
    const locks = await Promise.all([
      collection.lock("sync", HOLDER),
      collection.lock("store", HOLDER),
      store.collection("other").lock("sync", HOLDER),
    ]);
    for (const lock of locks) lock.release();
  });

  it("is won by exactly one of twenty processes that ask at once", async () => {
    const all = Array.from({ length: 20 }, contender);
    for (const { next } of all) expect(await next()).toBe("ready");
    for (const { tell } of all) tell("lock");
    const results = await Promise.all(all.map(async ({ next }) => JSON.parse(await next())));
    const winners = results.filter(({ won }) => won);
    expect(winners).toHaveLength(1);
    const losers = results.filter(({ won }) => !won);
    for (const loser of losers)
      expect(loser).toMatchObject({ code: "ERR_SNAPSHOT_LOCKED", pid: winners[0].pid });
  });

  it("dies with its holder, even by SIGKILL, and its file stays", async () => {
    const { child } = await holding();
    await expect(collection.lock("sync", HOLDER)).rejects.toEqual(code("LOCKED"));
    const inode = statSync(file()).ino;
    child.kill("SIGKILL");
    await once(child, "close");
    const lock = await collection.lock("sync", HOLDER);
    expect(statSync(file()).ino).toBe(inode);
    lock.release();
    expect(existsSync(file())).toBe(true);
  });

  it("is not inherited by a child that was not given it", async () => {
    const lock = await collection.lock("sync", HOLDER);
    children.push(spawn("sleep", ["60"], { stdio: "ignore" }));
    lock.release();
    (await collection.lock("sync", HOLDER)).release();
  });

  it("is kept by a child that was given its descriptor, until that ends", async () => {
    const lock = await collection.lock("sync", HOLDER);
    const child = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "ignore", lock.fd] });
    children.push(child);
    lock.release();
    await expect(collection.lock("sync", HOLDER)).rejects.toEqual(
      expect.objectContaining({ code: "ERR_SNAPSHOT_LOCKED", command: "test" }),
    );
    child.kill("SIGKILL");
    await once(child, "close");
    (await collection.lock("sync", HOLDER)).release();
  });
});

describe("the word of a holder", () => {
  it("is used as far as it is whole", async () => {
    const lock = await collection.lock("sync", HOLDER);
    const whole = readFileSync(file(), "utf8");
    const meet = async (text: string) => {
      writeFileSync(file(), text);
      const error = await collection.lock("sync", HOLDER).catch((reason: unknown) => reason);
      const { code, pid, host, since, command } = Object(error);
      expect(code).toBe("ERR_SNAPSHOT_LOCKED");
      return { pid, host, since, command };
    };
    const all = { pid: process.pid, host: hostname(), since: CREATED, command: "test" };
    const none = { pid: undefined, host: undefined, since: undefined, command: undefined };
    expect(await meet(whole.slice(0, -1))).toEqual(all);
    expect(await meet(whole.slice(0, whole.indexOf("command")))).toEqual({
      ...all,
      command: undefined,
    });
    expect(await meet(whole.slice(0, whole.indexOf("host") + 8))).toEqual({
      ...none,
      pid: process.pid,
    });
    expect(await meet('{"pid":12')).toEqual(none);
    expect(await meet("")).toEqual(none);
    expect(await meet("\0\0garbage\n")).toEqual(none);
    lock.release();
  });

  it("that is written late is waited for", async () => {
    const lock = await collection.lock("sync", HOLDER);
    const whole = readFileSync(file(), "utf8");
    writeFileSync(file(), "");
    setTimeout(() => writeFileSync(file(), whole), 60);
    await expect(collection.lock("sync", HOLDER)).rejects.toMatchObject({ pid: process.pid });
    lock.release();
  });
});

describe("waiting for a lock", () => {
  it("ends when the holder lets go", async () => {
    const lock = await collection.lock("sync", HOLDER);
    let got = false;
    const waiting = collection.lock("sync", HOLDER, { wait: true }).then((second) => {
      got = true;
      return second;
    });
    await new Promise((done) => setTimeout(done, 100));
    expect(got).toBe(false);
    lock.release();
    (await waiting).release();
  });

  it("ends when the holder is killed", async () => {
    const { child } = await holding();
    const waiting = collection.lock("sync", HOLDER, { wait: true });
    child.kill("SIGKILL");
    (await waiting).release();
  });

  it("can be given up, before and meanwhile", async () => {
    const lock = await collection.lock("sync", HOLDER);
    const reason = new Error("enough");
    await expect(
      collection.lock("sync", HOLDER, { wait: true, signal: AbortSignal.abort(reason) }),
    ).rejects.toEqual(expect.objectContaining({ code: "ERR_SNAPSHOT_ABORTED", cause: reason }));
    const controller = new AbortController();
    const waiting = collection.lock("sync", HOLDER, { wait: true, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 50);
    await expect(waiting).rejects.toEqual(
      expect.objectContaining({ code: "ERR_SNAPSHOT_ABORTED", cause: reason }),
    );
    lock.release();
    (await collection.lock("sync", HOLDER)).release();
  });

  it("is not fooled when the file is cleared away meanwhile", async () => {
    const lock = await collection.lock("sync", HOLDER);
    const waiting = collection.lock("sync", HOLDER, { wait: true });
    await new Promise((done) => setTimeout(done, 50));
    rmSync(file());
    const other = await collection.lock("sync", HOLDER);
    lock.release();
    let got = false;
    void waiting.then(() => {
      got = true;
    });
    await new Promise((done) => setTimeout(done, 100));
    expect(got).toBe(false);
    other.release();
    (await waiting).release();
  });
});

it("says so when there is no flock program", async () => {
  const path = process.env.PATH;
  process.env.PATH = dir.path;
  try {
    await expect(collection.lock("sync", HOLDER)).rejects.toEqual(
      expect.objectContaining({ code: "ERR_SNAPSHOT_LOCK_FAILED", found: "ENOENT" }),
    );
  } finally {
    process.env.PATH = path;
  }
  mkdirSync(`${dir.path}/file-in-the-way`);
  rmSync(file());
  mkdirSync(file());
  await expect(collection.lock("sync", HOLDER)).rejects.toEqual(
    expect.objectContaining({ code: "ERR_SNAPSHOT_WRITE", found: "EISDIR" }),
  );
});
