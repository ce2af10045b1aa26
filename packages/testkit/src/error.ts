/** Every code that a {@link TestkitError} can carry. */
export type TestkitErrorCode = "ERR_TESTKIT_MISSING_TOOL" | "ERR_TESTKIT_TOOL_FAILED";

/** What went wrong inside the kit itself: the machine lacks a program, or a program failed. */
export class TestkitError extends Error {
  override readonly name = "TestkitError";
  readonly code: TestkitErrorCode;
  /** The program's name. */
  readonly tool: string;
  /** What the program printed on stderr; empty when it was not there. */
  readonly stderr: string;

  constructor(
    code: TestkitErrorCode,
    message: string,
    facts: { tool: string; stderr?: string; cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.tool = facts.tool;
    this.stderr = facts.stderr ?? "";
  }
}
