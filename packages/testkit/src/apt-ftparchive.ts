import { runToolOk } from "./tool.js";

/**
 * What the real `apt-ftparchive` prints for these arguments in a directory: `["packages", "pool"]`, `["sources", "pool"]`, `["release", "dists/stable"]`.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function aptFtparchive(directory: string, args: readonly string[]): Promise<string> {
  const output = await runToolOk("apt-ftparchive", args, { cwd: directory });
  return output.toString();
}
