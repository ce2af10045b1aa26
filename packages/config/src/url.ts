import { expand, type Names } from "./expand.js";
import { maskUrl, printable } from "./printable.js";
import type { Fault, Reading } from "./reading.js";

const ALLOWED = "an http or https URL";

/** The base URL of a repository: expanded, normalised as WHATWG says, ending in `/`. */
export function readUrl(text: string, names: Names): Reading<string> {
  const reading = readHttpUrl(text, names);
  if ("fault" in reading) return reading;
  const url = reading.value;
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { value: url.href };
}

/** The URL of a proxy, or `none`. */
export function readProxy(text: string, names: Names): Reading<string> {
  if (text === "none") return { value: text };
  const reading = readHttpUrl(text, names);
  if ("fault" in reading) return reading;
  if (reading.value.pathname !== "/") {
    return { fault: badUrl(text, "an http or https URL without a path, or none") };
  }
  return { value: reading.value.href };
}

function readHttpUrl(text: string, names: Names): Reading<URL> {
  const expanded = expand(text, names);
  if ("fault" in expanded) {
    const { found = showUrl(text) } = expanded.fault;
    return { fault: { ...expanded.fault, found } };
  }
  const raw = expanded.value;
  if (/^file:/i.test(raw)) {
    const fault: Fault = {
      code: "ERR_CONFIG_NOT_SUPPORTED_YET",
      allowed: ALLOWED,
      fact: "file: URLs are not supported yet",
      found: showUrl(text),
    };
    return { fault };
  }
  // The WHATWG parser drops blanks and control characters, turns `\` into `/` and forgives missing
  // slashes: what it would read is then not what stands in the file.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!/^https?:\/\/[^/]/i.test(raw) || /[\u0000-\u0020\u007f\\]/.test(raw)) {
    return { fault: badUrl(text, ALLOWED) };
  }
  if (/[?#]/.test(raw)) {
    return { fault: badUrl(text, "an http or https URL without a query or fragment") };
  }
  try {
    return { value: new URL(raw) };
  } catch {
    // The error that is dropped here holds the whole URL, credentials included.
    return { fault: badUrl(text, ALLOWED) };
  }
}

function badUrl(text: string, allowed: string): Fault {
  return { code: "ERR_CONFIG_BAD_URL", allowed, found: showUrl(text) };
}

function showUrl(text: string): string {
  return printable(JSON.stringify(maskUrl(text).slice(0, 200)));
}
