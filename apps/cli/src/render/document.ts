import type { Output } from "../host.js";

/**
 * Writes the one JSON document of a command: `schemaVersion`, `command` (null where none could be
 * read), then `content`, whose first field is `ok`. Dates become ISO 8601 UTC.
 */
export function printDocument(
  output: Output,
  command: string | undefined,
  content: { readonly ok: boolean } & Readonly<Record<string, unknown>>,
): void {
  output.write(
    `${JSON.stringify({ schemaVersion: 1, command: command ?? null, ...content }, undefined, 2)}\n`,
  );
}
