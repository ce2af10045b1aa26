import { findTool } from "./tool.js";

/** The part of vitest's `describe` that {@link describeNeeds} calls. */
export interface Describe {
  (name: string, body: () => void): unknown;
  skip(name: string, body: () => void): unknown;
}

/**
 * Why a test that needs this program cannot run here: undefined when the program is installed, `needs X` when it is not.
 *
 * @throws Error when it is missing and `CI` is set: there a missing tool is a failure, never a skip
 */
export function toolReason(...tools: readonly string[]): string | undefined {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length === 0) {
    return undefined;
  }
  const reason = `needs ${missing.join(", ")}`;
  if (process.env.CI) {
    throw new Error(`${reason}: not installed on this CI machine`);
  }
  return reason;
}

/**
 * Whether all these programs are installed.
 *
 * @throws Error when one is missing and `CI` is set
 */
export function needs(...tools: readonly string[]): boolean {
  return toolReason(...tools) === undefined;
}

/**
 * Declares a block of tests that needs programs: runs it where they are, fails in CI where they are not, and elsewhere skips it with the reason in its title.
 *
 * @example
 * ```ts
 * describeNeeds(describe, ["nginx"], "behind nginx", () => { it("...", ...) });
 * ```
 */
export function describeNeeds(
  describe: Describe,
  tools: readonly string[],
  title: string,
  body: () => void,
): void {
  const reason = toolReason(...tools);
  if (reason === undefined) {
    describe(title, body);
  } else {
    describe.skip(`${title} (skipped: ${reason})`, body);
  }
}
