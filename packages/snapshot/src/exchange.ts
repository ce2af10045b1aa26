import { spawnSync } from "node:child_process";
import { renameSync } from "node:fs";

/** The number of renameat2(2), by the architecture of this process. */
const RENAMEAT2: Readonly<Record<string, number>> = {
  x64: 316,
  ia32: 353,
  arm: 382,
  arm64: 276,
  loong64: 276,
  ppc64: 357,
  riscv64: 276,
  s390x: 347,
};

/** -100 is AT_FDCWD, 2 is RENAME_EXCHANGE. */
const SCRIPT = "exit(syscall($ARGV[0] + 0, -100, $ARGV[1], -100, $ARGV[2], 2) == 0 ? 0 : 1)";

/**
 * Lets two names of one directory exchange what they name, in one step where the kernel, the file
 * system and a `perl` allow it: Node has no call for it, and every Debian has perl-base. Else in
 * three renames by way of the name `aside`: `to` is missing between the first two, for some 50 µs.
 *
 * @throws an errno error; both are as they were then
 */
export function exchange(from: string, to: string, aside: string): void {
  const number = RENAMEAT2[process.arch];
  if (number !== undefined) {
    const { status } = spawnSync("perl", ["-e", SCRIPT, String(number), from, to], {
      stdio: "ignore",
    });
    if (status === 0) return;
  }
  renameSync(to, aside);
  try {
    renameSync(from, to);
  } catch (error) {
    renameSync(aside, to);
    throw error;
  }
  renameSync(aside, from);
}
