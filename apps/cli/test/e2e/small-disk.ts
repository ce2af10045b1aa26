import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BUNDLE, type Ran } from "./mirrorctl.js";

const JUDGE = fileURLToPath(new URL("children/judge.mjs", import.meta.url));
const PAGE = 4096;

/** Whether small file systems can be mounted here. @throws Error where they cannot, in CI. */
export function canMount(): boolean {
  const { status } = spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]);
  if (status !== 0 && process.env.CI) throw new Error("needs unshare(1) and the right to mount");
  return status === 0;
}

/** A small file system on a directory, which only those see who are told. */
export interface SmallDisk {
  /** The directory, for this process. */
  readonly path: string;
  /** Runs the built command there. */
  mirrorctl(...args: readonly string[]): Promise<Ran>;
  /** Runs another program there. */
  run(command: string, ...args: readonly string[]): Promise<Ran>;
  /** Starts another program there; a signal to the child is one to the program. */
  start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /** Judges all that a mirror shows; by the name of what is shown, what is wrong with it. */
  judge(keyring: string, id: string): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Takes bytes, or inodes, until so many are left; whole pages. */
  fill(left: { readonly bytes?: number; readonly inodes?: number }): void;
  /** Gives back what `fill` took. */
  empty(): void;
  close(): Promise<void>;
}

/** Mounts a tmpfs with these options (`size=2m`) on a directory, in a mount namespace of its own. */
export async function openSmallDisk(directory: string, options: string): Promise<SmallDisk> {
  const script = `mount -t tmpfs -o ${options} none "$0" && echo mounted && exec sleep infinity`;
  const holder = spawn("unshare", ["-m", "sh", "-c", script, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await Promise.race([once(holder.stdout, "data"), once(holder, "exit")]);
  if (holder.pid === undefined || holder.exitCode !== null) throw new Error("cannot mount");
  const namespace = `/proc/${holder.pid}`;
  const path = join(namespace, "root", directory);
  const inside = (command: string, args: readonly string[]) =>
    [`--mount=${namespace}/ns/mnt`, command, ...args] as const;
  const run = async (command: string, ...args: readonly string[]): Promise<Ran> => {
    const child = spawn("nsenter", inside(command, args), {
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "close");
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [status] = await ended;
    return { status, stdout, stderr };
  };
  const takers: string[] = [];
  const take = (bytes: number) => {
    const taker = join(path, `taken-${takers.length}`);
    takers.push(taker);
    writeFileSync(taker, Buffer.alloc(bytes));
  };
  return {
    path,
    run,
    start: (command, args, options) => spawn("nsenter", inside(command, args), options),
    mirrorctl: (...args) => run(process.execPath, BUNDLE, ...args),
    async judge(keyring, id) {
      const snapshots = join(directory, ".mirrorctl", "snapshots", id);
      const args = [JUDGE, keyring, join(directory, id), snapshots];
      const { stdout, stderr } = await run(process.execPath, ...args);
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout);
    },
    fill({ bytes, inodes }) {
      const most = (inodes ?? Number.POSITIVE_INFINITY) + (bytes === undefined ? 0 : 1);
      for (let left = statfsSync(path).ffree; left > most; left -= 1) take(0);
      if (bytes === undefined) return;
      take(Math.max(0, statfsSync(path).bavail - Math.ceil(bytes / PAGE)) * PAGE);
    },
    empty() {
      for (const taker of takers.splice(0)) rmSync(taker);
    },
    async close() {
      holder.kill("SIGKILL");
      await Promise.race([once(holder, "close"), setTimeout(5000)]);
    },
  };
}
