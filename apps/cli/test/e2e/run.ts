import { runTool } from "@mirror/testkit";
import { expect } from "vitest";

/** Runs a program that must succeed, in that directory, and returns what it printed. */
export async function run(
  tool: string,
  args: readonly string[],
  cwd = ".",
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runTool(tool, args, { cwd, env });
  expect([tool, args, exitCode, stderr]).toEqual([tool, args, 0, expect.anything()]);
  return stdout.toString();
}
