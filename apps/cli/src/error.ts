/** Stable codes of what the command line itself refuses. */
export type CliErrorCode =
  | "ERR_CLI_USAGE"
  | "ERR_CLI_UNKNOWN_COMMAND"
  | "ERR_CLI_UNKNOWN_OPTION"
  | "ERR_CLI_NOT_SUPPORTED_YET"
  | "ERR_CLI_UNKNOWN_MIRROR"
  | "ERR_CLI_UNREADABLE_FILE"
  | "ERR_CLI_UNREADABLE_DIRECTORY"
  | "ERR_CLI_BAD_PROXY"
  | "ERR_CLI_NO_KEYRING"
  | "ERR_CLI_NOT_OWNER"
  | "ERR_CLI_NOT_A_DIRECTORY"
  | "ERR_CLI_UNREADABLE_PROGRAM"
  | "ERR_CLI_NO_TLS"
  | "ERR_CLI_UNKNOWN_SNAPSHOT"
  | "ERR_CLI_UNKNOWN_ENVIRONMENT"
  | "ERR_CLI_UNKNOWN_RELEASE"
  | "ERR_CLI_NO_CLIENT_KEY"
  | "ERR_CLI_NO_STEP"
  | "ERR_CLI_NOTHING_SHOWN"
  | "ERR_CLI_NOTHING_BEFORE"
  | "ERR_CLI_MOVED_MEANWHILE"
  | "ERR_CLI_UNHEALTHY"
  | "ERR_CLI_NOT_SHOWN_BEFORE"
  | "ERR_CLI_NOT_TESTED"
  | "ERR_CLI_NO_SIGNING_KEY"
  | "ERR_CLI_REJECTED"
  | "ERR_CLI_GATE_REFUSED"
  | "ERR_CLI_DAMAGED"
  | "ERR_CLI_STILL_CONFIGURED"
  | "ERR_CLI_NOTHING_TO_REMOVE"
  | "ERR_CLI_NO_HARD_LINKS"
  | "ERR_CLI_STOPPED"
  /** Any error without a code, which none that was foreseen is. */
  | "ERR_CLI_UNEXPECTED";

/** The facts of a {@link CliError}, as far as its code has them. */
export interface CliErrorFacts {
  readonly path?: string;
  readonly expected?: string;
  readonly found?: string;
  /** What to type instead. */
  readonly suggestion?: string;
  /** What the message sums up. */
  readonly problems?: readonly { readonly code?: string; readonly message: string }[];
  readonly cause?: unknown;
}

/** The one error class of the command line. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly facts: CliErrorFacts;

  constructor(code: CliErrorCode, message: string, facts: CliErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.facts = facts;
  }
}
