import { readServerName } from "./name.js";
import type { Reading } from "./reading.js";

/**
 * The name of a mirror's trace file: a full host name, in lower case. Without a dot it could be
 * the archive's own file, `master`; with an underscore one of the lists beside it.
 */
export function readTraceHost(text: string): Reading<string> {
  const reading = readServerName(text);
  if ("value" in reading && reading.value.includes(".") && !reading.value.includes("_")) {
    return reading;
  }
  const allowed = 'a full host name such as "mirror.example.org"';
  return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } };
}

/** One line that names people, and how to reach them. */
export function readMaintainer(text: string): Reading<string> {
  const isLine = text.trim() !== "" && text.length <= 200 && !/\p{C}/u.test(text);
  if (isLine) return { value: text.trim() };
  const allowed = 'one line of 200 characters at most, such as "Admins <admins@example.org>"';
  return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } };
}
