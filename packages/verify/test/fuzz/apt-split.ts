/** A clearsigned file as apt's gpgv method hands it to gpgv. */
export interface AptSplit {
  readonly message: string;
  readonly signature: string;
}

/**
 * Splits a file of one character per byte by the rules of apt's `SplitClearSignedFile`, `undefined`
 * where apt refuses. Written from those rules and sharing nothing with the package: lines lose line
 * ends, then blanks; the first is the BEGIN line; an empty one ends the headers; a dash begins a
 * line only as an escape or a marker; after a signature may only come another one.
 */
export function splitAsApt(file: string): AptSplit | undefined {
  const lines = file.split("\n").map((line) => line.replace(/\r+$/, "").replace(/[ \t]+$/, ""));
  if (lines.at(-1) === "" && file.endsWith("\n")) lines.pop();
  if (lines.shift() !== "-----BEGIN PGP SIGNED MESSAGE-----") return undefined;
  for (;;) {
    const header = lines.shift();
    if (header === undefined || header.startsWith("-")) return undefined;
    if (header === "") break;
  }
  const message: string[] = [];
  for (;;) {
    const line = lines.shift();
    if (line === undefined) return undefined;
    if (line === BEGIN) break;
    if (line.startsWith("-") && !line.startsWith("- ")) return undefined;
    message.push(line.startsWith("-") ? line.slice(2) : line);
  }
  if (!isSignatures([BEGIN, ...lines])) return undefined;
  return { message: message.join("\n"), signature: `${[BEGIN, ...lines].join("\n")}\n` };
}

/** Whether apt takes a detached signature file for signatures and nothing else. */
export function aptReadsSignatures(file: string): boolean {
  const lines = file.split("\n").map((line) => line.replace(/\r+$/, "").replace(/[ \t]+$/, ""));
  if (lines.at(-1) === "" && file.endsWith("\n")) lines.pop();
  return lines.length > 0 && isSignatures(lines);
}

const BEGIN = "-----BEGIN PGP SIGNATURE-----";
const END = "-----END PGP SIGNATURE-----";

function isSignatures(lines: readonly string[]): boolean {
  let open = false;
  for (const line of lines) {
    if (!open && line !== BEGIN) return false;
    if (!open) open = true;
    else if (line === END) open = false;
    else if (line.startsWith("-")) return false;
  }
  return !open;
}
