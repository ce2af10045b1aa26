import type { Fault, Reading } from "./reading.js";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const BLANK_OR_CONTROL = /[\s\u0000-\u001f\u007f-\u009f\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]*$/;
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x64", "amd64"],
  ["aarch64", "arm64"],
  ["i486", "i386"],
  ["i586", "i386"],
  ["i686", "i386"],
  ["x86", "i386"],
  ["armv7l", "armhf"],
  ["ppc64le", "ppc64el"],
]);

/**
 * A suite or codename, which may hold slashes; one that ends in `/` is a flat repository, and `/`
 * or `./` its root. `.` and empty segments inside are dropped, as apt does.
 */
export function readSuite(text: string): Reading<string> {
  const allowed = 'a suite such as "bookworm", or a flat one that ends in /';
  if (text === "/") return { value: text };
  const segments = text.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (text.startsWith("/") || segments.includes("..") || BLANK_OR_CONTROL.test(text)) {
    return bad(allowed);
  }
  if (text.endsWith("/")) return { value: segments.length === 0 ? "/" : `${segments.join("/")}/` };
  return segments.length === 0 ? bad(allowed) : { value: segments.join("/") };
}

/** A component, with or without its prefix (`main`, `updates/main`). */
export function readSection(text: string): Reading<string> {
  const segments = text.split("/");
  const unsafe = segments.some((segment) => segment === "" || segment === "." || segment === "..");
  if (unsafe || BLANK_OR_CONTROL.test(text)) return bad('a component such as "main"');
  return { value: text };
}

/** An architecture in dpkg's words, or `all`. */
export function readArchitecture(text: string): Reading<string> {
  const allowed = 'an architecture such as "amd64"';
  const suggestion = OTHER_NAMES.get(text.toLowerCase());
  if (suggestion !== undefined) return bad(allowed, suggestion);
  if (text === "source" || text === "src") return bad(allowed, "mirror_source = true");
  if (text === "any" || !ARCHITECTURE.test(text)) {
    const lower = text.toLowerCase();
    return lower !== text && ARCHITECTURE.test(lower) ? bad(allowed, lower) : bad(allowed);
  }
  return { value: text };
}

/** A language as `Translation-*` files name it. */
export function readLanguage(text: string): Reading<string> {
  if (/^[A-Za-z][A-Za-z0-9_@.-]*$/.test(text)) return { value: text };
  return bad('a language such as "de" or "pt_BR"');
}

/** A glob on paths of the repository. */
export function readGlob(text: string): Reading<string> {
  if (text !== "" && !text.startsWith("/") && !CONTROL.test(text)) return { value: text };
  return bad("a glob relative to the repository");
}

/** The fingerprint of a primary key as 40 or 64 upper-case hex digits; blanks and `0x` are dropped. */
export function readFingerprint(text: string): Reading<string> {
  const digits = text.replace(/\s+/g, "").replace(/^0x/i, "").toUpperCase();
  if (/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(digits)) return { value: digits };
  return bad("a full fingerprint of 40 or 64 hex digits");
}

/** The name of a host, in lower case; an address cannot be asked for by name (RFC 6066 section 3). */
export function readServerName(text: string): Reading<string> {
  const name = text.toLowerCase();
  const labels = name.split(".");
  const isName = labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label));
  if (isName && name.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? "")) return { value: name };
  return bad("a host name, not an address");
}

function bad(allowed: string, suggestion?: string): { fault: Fault } {
  const fault: Fault = { code: "ERR_CONFIG_BAD_VALUE", allowed };
  return { fault: suggestion === undefined ? fault : { ...fault, suggestion } };
}
