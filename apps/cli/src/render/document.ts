import type { Output } from "../host.js";
import type { DescribedError } from "./describe-error.js";

/** One mirror in a JSON document: what was done, or why it could not be. */
export type MirrorDocument = { readonly id: string; readonly [field: string]: unknown } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly error: DescribedError }
);

/** What a JSON document says besides its version and command. */
export interface DocumentContent {
  readonly ok: boolean;
  /** Why the command as a whole failed; a mirror that fails carries its own error. */
  readonly error?: DescribedError;
  /** Of a command about mirrors: those that it came to, none where it failed before. */
  readonly mirrors?: readonly MirrorDocument[];
  readonly [field: string]: unknown;
}

/**
 * Writes the one JSON document of a command: `schemaVersion`, `command` (null where none could be
 * read), then `content`, whose first field is `ok`. Dates become ISO 8601 UTC.
 */
export function printDocument(
  output: Output,
  command: string | undefined,
  content: DocumentContent,
): void {
  output.write(
    `${JSON.stringify({ schemaVersion: 1, command: command ?? null, ...content }, undefined, 2)}\n`,
  );
}
