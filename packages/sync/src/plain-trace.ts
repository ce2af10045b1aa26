/** A trace file's text, or why it is none. */
export type PlainTrace = { readonly text: string } | { readonly fault: string };

/** Addresses as people write them; `<` stands nowhere else. */
const ADDRESS = /<(?:[\w.+-]+@[\w.-]+|https?:\/\/[\w./~%+-]+)>/g;

/**
 * Reads a trace file that anybody may have written. It is published, so that it must be text that
 * neither a terminal nor a browser takes for more than that: UTF-8 without control characters and
 * without markup.
 */
export function readPlainTrace(bytes: Uint8Array): PlainTrace {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { fault: "not UTF-8" };
  }
  if (text.trim() === "") return { fault: "empty" };
  if (/\p{C}/u.test(text.replace(/[\n\t]/g, ""))) return { fault: "control characters" };
  if (text.replace(ADDRESS, "").includes("<")) return { fault: "markup" };
  return { text };
}
