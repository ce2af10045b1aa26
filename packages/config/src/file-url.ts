import { expand, type Names } from "./expand.js";
import type { Fault, Reading } from "./reading.js";

const ALLOWED = "an absolute file URL without a host, such as file:///mnt/debian";

/**
 * The `file:` URL of a directory of this machine, expanded already but for a `~` in place of the home
 * directory (`file://~/debian`).
 *
 * What the WHATWG parser would make of a relative URL, or of one with a host, is another place than
 * the one that was meant.
 */
export function readFileUrl(raw: string, names: Names): Reading<URL> {
  const [, scheme, rest] = /^(file:(?:\/\/)?)~((?:\/.*)?)$/is.exec(raw) ?? [];
  const home = expand("~", names);
  if (scheme !== undefined && "fault" in home) return home;
  const text =
    scheme === undefined || "fault" in home ? raw : `file://${encodeDirectory(home.value)}${rest}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) {
    return bad("a file URL, in which a blank is written %20 and a backslash %5C");
  }
  if (/[?#]/.test(text)) return bad("a file URL, in which # is written %23 and ? is written %3F");
  if (!/^file:(?:\/\/(?:localhost)?)?\/(?!\/)/i.test(text)) {
    const [, path] = /^file:\/\/([\w.-]+(?:\/[\w./+~%-]*)?)$/i.exec(text) ?? [];
    return bad(ALLOWED, path === undefined ? undefined : `file:///${path}`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isPath(url.pathname)) {
    return bad("a file URL whose path is percent-encoded UTF-8 without %2F and control characters");
  }
  return { value: url };
}

function encodeDirectory(path: string): string {
  return encodeURI(path).replace(/[?#]/g, encodeURIComponent);
}

function isPath(encoded: string): boolean {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    return !/%2f/i.test(encoded) && !/[\u0000-\u001f\u007f]/.test(decodeURIComponent(encoded));
  } catch {
    return false;
  }
}

function bad(allowed: string, suggestion?: string): { fault: Fault } {
  const fault: Fault = { code: "ERR_CONFIG_BAD_URL", allowed };
  return { fault: suggestion === undefined ? fault : { ...fault, suggestion } };
}
