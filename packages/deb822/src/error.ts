/** Stable codes of what is wrong with control data. */
export type Deb822ErrorCode =
  | "ERR_DEB822_SYNTAX"
  | "ERR_DEB822_DUPLICATE_FIELD"
  | "ERR_DEB822_PGP_ARMOR"
  | "ERR_DEB822_NUL"
  | "ERR_DEB822_FIELD_TOO_LARGE"
  | "ERR_DEB822_STANZA_TOO_LARGE"
  | "ERR_DEB822_TOO_MANY_FIELDS"
  | "ERR_DEB822_TOO_MANY_STANZAS"
  | "ERR_DEB822_STANZA_COUNT"
  | "ERR_DEB822_MISSING_FIELD"
  | "ERR_DEB822_BAD_VALUE"
  | "ERR_DEB822_BAD_DATE"
  | "ERR_DEB822_BAD_SIZE"
  | "ERR_DEB822_BAD_DIGEST"
  | "ERR_DEB822_BAD_CHECKSUMS"
  | "ERR_DEB822_CONFLICTING_FILE"
  | "ERR_DEB822_BAD_VERSION"
  | "ERR_DEB822_BAD_RELATION"
  | "ERR_DEB822_BAD_FIELD_NAME"
  | "ERR_DEB822_BAD_FIELD_VALUE";

/** The facts of a {@link Deb822Error}, as far as its code has them. */
export interface Deb822ErrorFacts {
  /** One-based line of the source; of the stanza's first field where a field is missing. */
  readonly line?: number | undefined;
  /** One-based column in UTF-16 units. */
  readonly column?: number | undefined;
  /** Name of the field at fault. */
  readonly field?: string | undefined;
  /** The lines around the place with a caret below it, control characters escaped. */
  readonly frame?: string | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of this package: a code, and where in the source the fault lies.
 *
 * Messages hold no raw control characters of the source.
 */
export class Deb822Error extends Error {
  override readonly name = "Deb822Error";
  readonly code: Deb822ErrorCode;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
  readonly frame?: string;
  readonly expected?: string;
  readonly found?: string;

  constructor(code: Deb822ErrorCode, message: string, facts: Deb822ErrorFacts = {}) {
    super(
      `${place(facts)}${message}`,
      facts.cause === undefined ? undefined : { cause: facts.cause },
    );
    this.code = code;
    if (facts.line !== undefined) this.line = facts.line;
    if (facts.column !== undefined) this.column = facts.column;
    if (facts.field !== undefined) this.field = facts.field;
    if (facts.frame !== undefined) this.frame = facts.frame;
    if (facts.expected !== undefined) this.expected = facts.expected;
    if (facts.found !== undefined) this.found = facts.found;
  }
}

function place({ line, column }: Deb822ErrorFacts): string {
  if (line === undefined) return "";
  return column === undefined ? `line ${line}: ` : `line ${line}, column ${column}: `;
}
