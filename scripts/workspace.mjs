import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const ENVIRONMENT = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };

/** Installs what the lock file names, unless it is installed. Ends the process on failure. */
export async function install() {
  if (isInstalled()) return;
  say("Installing the dependencies of the lock file ...");
  await quietly("install", "--frozen-lockfile");
}

/** Builds what has changed since the last build. Ends the process on failure. */
export async function build() {
  // Nothing is said where nothing has changed, which takes a second.
  const slow = setTimeout(() => say("Building ..."), 2500);
  await quietly("run", "build");
  clearTimeout(slow);
}

/** Runs the package manager that package.json names, in the checkout, with this terminal. */
export function pnpm(...args) {
  return run("npx", ["-y", packageManager, ...args], { cwd: ROOT, env: ENVIRONMENT });
}

/**
 * Runs a program to its end and ends like it: resolves to its exit status, or to 128 + n where a
 * signal ended it. Signals that reach this process are passed on.
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  const pass = (signal) => child.kill(signal);
  // The terminal sends SIGINT to both of us: the child decides what becomes of it.
  const stay = () => undefined;
  process.on("SIGTERM", pass).on("SIGHUP", pass).on("SIGINT", stay);
  try {
    return await ending(child);
  } finally {
    process.off("SIGTERM", pass).off("SIGHUP", pass).off("SIGINT", stay);
  }
}

/** A line for people, on stderr: stdout belongs to what is run. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

async function quietly(...args) {
  const child = spawn("npx", ["-y", packageManager, ...args], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  const status = await ending(child);
  if (status === 0) return;
  process.stderr.write(Buffer.concat(chunks));
  say(`"pnpm ${args.join(" ")}" failed with status ${status}`);
  process.exit(status);
}

function ending(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? 128 + (SIGNALS[signal] ?? 0)));
  });
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** pnpm keeps a copy of the lock file that it installed. */
function isInstalled() {
  const installed = join(ROOT, "node_modules", ".pnpm", "lock.yaml");
  return (
    existsSync(join(ROOT, "apps", "cli", "node_modules")) &&
    existsSync(installed) &&
    readFileSync(installed).equals(readFileSync(join(ROOT, "pnpm-lock.yaml")))
  );
}
