import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Children of the tests run the built package: plain Node cannot read the sources. */
export function setup(): void {
  const root = join(import.meta.dirname, "..");
  execFileSync(join(root, "node_modules/.bin/tsc"), ["-b"], { cwd: root, stdio: "inherit" });
}
