import { expand, type Names } from "./expand.js";
import type { Reading } from "./reading.js";

/** An absolute path, expanded, without empty and `.` segments and without a trailing slash. */
export function readPath(text: string, names: Names): Reading<string> {
  const expanded = expand(text, names);
  if ("fault" in expanded) return expanded;
  const path = expanded.value;
  if (!path.startsWith("/")) {
    return { fault: { code: "ERR_CONFIG_BAD_PATH", allowed: "an absolute path" } };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    return { fault: { code: "ERR_CONFIG_BAD_PATH", allowed: "a path without control characters" } };
  }
  // `..` stays: resolving it here would be wrong where a segment before it is a symbolic link.
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.length === 0) {
    return { fault: { code: "ERR_CONFIG_BAD_PATH", allowed: "a path other than the root" } };
  }
  return { value: `/${segments.join("/")}` };
}
