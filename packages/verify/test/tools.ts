import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh directory below the system's temporary one, and how to remove it. */
export function scratch(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "verify-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Whether a program is there. In CI it must be: then this says yes, and the test fails without. */
export function needs(...tools: readonly string[]): { met: boolean; note: string } {
  const missing = tools.filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
  );
  const met = missing.length === 0 || process.env.CI !== undefined;
  return { met, note: met ? "" : ` (skipped: needs ${missing.join(", ")})` };
}

/** What `gpgv` says of a detached signature: its exit status and its status lines. */
export function gpgv(keyring: string, signature: string, data: string) {
  const args = [
    "--status-fd",
    "1",
    "--keyring",
    keyring,
    "--ignore-time-conflict",
    signature,
    data,
  ];
  const run = spawnSync("gpgv", args, { encoding: "utf8" });
  return { status: run.status, lines: run.stdout.split("\n") };
}

/** A GnuPG home of its own, and the agent that it starts. */
export class GnupgHome {
  readonly path: string;
  readonly #directory = scratch();

  constructor() {
    this.path = join(this.#directory.path, "g");
    mkdirSync(this.path, { mode: 0o700 });
    // Locked keys, without the second that opening one is meant to take.
    writeFileSync(join(this.path, "gpg-agent.conf"), "s2k-count 65536\n");
  }

  /** Runs gpg without questions and, if no argument says so, without passphrase; its output. */
  run(args: readonly string[], input?: string | Uint8Array): Buffer {
    const quiet = ["--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback"];
    return execFileSync("gpg", [...quiet, "--passphrase", "", ...args], {
      env: { ...process.env, GNUPGHOME: this.path },
      stdio: ["pipe", "pipe", "ignore"],
      ...(input === undefined ? {} : { input }),
    });
  }

  close(): void {
    spawnSync("gpgconf", ["--kill", "all"], { env: { ...process.env, GNUPGHOME: this.path } });
    this.#directory.remove();
  }
}
