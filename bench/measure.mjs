// Wall time, processor time and peak memory of a command and all that it started, by time(1).
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Seconds and MiB; throws when the command fails. */
export function measure(command, scratch) {
  const report = join(scratch, "time.txt");
  const started = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(
    "time",
    ["-q", "-o", report, "-f", "%U %S %M", ...command],
    { encoding: "utf8", env: environment(), maxBuffer: 1 << 26 },
  );
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (error) throw error;
  if (status !== 0) throw new Error(`${command.join(" ")}: ${status}\n${stdout}${stderr}`);
  const [user, system, kibibytes] = readFileSync(report, "utf8").trim().split(" ").map(Number);
  rmSync(report);
  return { wall, cpu: user + system, memory: kibibytes / 1024 };
}

/** Without what makes every start of Node slower by 45 ms, and is nobody's default. */
function environment() {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return { ...rest, LC_ALL: "C" };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
