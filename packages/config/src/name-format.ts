import { showValue } from "./printable.js";
import type { Reading } from "./reading.js";
import { formatGoTime } from "./time-layout.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
// Names have 200 characters, and one that is taken gets a number behind it.
const MAX_LENGTH = 190;
// Whatever a layout can show differs between the two. The first one has the numbers that are filled
// up with blanks and the fraction that vanishes, the second one the longest names.
const SAMPLES = [new Date("2001-02-05T03:04:05.000Z"), new Date("2026-09-30T23:59:59.120Z")];

/** A Go time layout whose every name is one for a snapshot, and that tells times apart. */
export function readNameFormat(text: string): Reading<string> {
  const allowed = `a Go time layout such as "2006-01-02T15-04-05Z" for names ${NAME.source}`;
  const [first, ...others] = SAMPLES.map((time) => formatGoTime(text, time));
  if (first === undefined || others.every((name) => name === first)) {
    const fact = "every snapshot would get the same name, as the layout holds no part of a time";
    return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed, fact } };
  }
  const bad = [first, ...others].find((name) => !NAME.test(name) || name.length > MAX_LENGTH);
  if (bad === undefined) return { value: text };
  const why = NAME.test(bad)
    ? `longer than ${MAX_LENGTH} characters`
    : "not a letter or digit followed by letters, digits, dots, underscores and hyphens";
  const fact = `a snapshot would be named ${showValue(bad)}, which is ${why}`;
  return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed, fact } };
}
