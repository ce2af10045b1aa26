import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The built command, as it is published. */
export const BUNDLE = fileURLToPath(new URL("../../dist/bundle/mirrorctl.mjs", import.meta.url));

/** How a run of the built command ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built mirrorctl as a user would, with Node's own trust and without a home. */
export async function mirrorctl(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const { NODE_EXTRA_CA_CERTS: _added, ...env } = process.env;
  const child = spawn(process.execPath, [BUNDLE, ...args], {
    cwd,
    env: { ...env, HOME: join(cwd, "no-home"), NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1))),
  ]);
  return { status, stdout, stderr };
}
