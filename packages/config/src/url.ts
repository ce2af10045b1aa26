import { expand, type Names } from "./expand.js";
import { readFileUrl } from "./file-url.js";
import { maskUrl, printable } from "./printable.js";
import type { Fault, Reading } from "./reading.js";

const SOURCE = "an http, https or file URL";
const SERVER = "an http or https URL";

/** The base URL of a repository: expanded, normalised as WHATWG says, ending in `/`. */
export function readUrl(text: string, names: Names): Reading<string> {
  const expanded = expandUrl(text, names);
  if ("fault" in expanded) return expanded;
  const raw = expanded.value;
  const reading = /^file:/i.test(raw) ? readFileUrl(raw, names) : readHttpUrl(raw, SOURCE);
  if ("fault" in reading) {
    const { suggestion = suggestFile(raw), ...fault } = reading.fault;
    // What a variable holds is shown to nobody.
    const isShown = suggestion !== undefined && !text.includes("${");
    return { fault: { found: showUrl(text), ...fault, ...(isShown ? { suggestion } : {}) } };
  }
  const url = reading.value;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { value: url.href };
}

/** The URL of a proxy, or `none`. */
export function readProxy(text: string, names: Names): Reading<string> {
  if (text === "none") return { value: text };
  const expanded = expandUrl(text, names);
  if ("fault" in expanded) return expanded;
  const reading = readHttpUrl(expanded.value, SERVER);
  if ("value" in reading && reading.value.pathname === "/") return { value: reading.value.href };
  const { fault } = "fault" in reading ? reading : badUrl(`${SERVER} without a path, or none`);
  return { fault: { ...fault, found: showUrl(text) } };
}

/** The URL of what is the path of a directory. */
function suggestFile(raw: string): string | undefined {
  return /^\/(?!\/)[\w./+~-]*$/.test(raw) ? `file://${raw}` : undefined;
}

function expandUrl(text: string, names: Names): Reading<string> {
  const expanded = expand(text, names);
  if ("value" in expanded) return expanded;
  const { found = showUrl(text) } = expanded.fault;
  return { fault: { ...expanded.fault, found } };
}

function readHttpUrl(raw: string, allowed: string): Reading<URL> {
  // The WHATWG parser drops blanks and control characters, turns `\` into `/` and forgives missing
  // slashes: what it would read is then not what stands in the file.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!/^https?:\/\/[^/]/i.test(raw) || /[\u0000-\u0020\u007f\\]/.test(raw)) {
    return badUrl(allowed);
  }
  if (/[?#]/.test(raw)) return badUrl(`${SERVER} without a query or fragment`);
  try {
    return { value: new URL(raw) };
  } catch {
    // The error that is dropped here holds the whole URL, credentials included.
    return badUrl(allowed);
  }
}

function badUrl(allowed: string): { fault: Fault } {
  return { fault: { code: "ERR_CONFIG_BAD_URL", allowed } };
}

function showUrl(text: string): string {
  return printable(JSON.stringify(maskUrl(text).slice(0, 200)));
}
