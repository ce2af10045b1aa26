import type * as z from "zod/mini";
import { showValue } from "./printable.js";
import { closest } from "./suggest.js";
import type { TomlValue } from "./toml.js";

const YES = /^(?:true|yes|on|1)$/i;
const NO = /^(?:false|no|off|0)$/i;

/** The value that was probably meant by one of another type, or by none of those allowed. */
export function suggestValue(issue: z.core.$ZodIssue, found?: TomlValue): string | undefined {
  if (issue.code === "invalid_type") return ofType(issue.expected, found);
  if (issue.code === "invalid_value") return oneOf(issue.values.map(String), found);
  if (issue.code !== "invalid_union") return undefined;
  const branches = issue.errors.flat();
  const values = branches.flatMap((inner) =>
    "values" in inner ? inner.values.filter((value) => typeof value === "string") : [],
  );
  const listed = branches.some((inner) => "expected" in inner && inner.expected === "array");
  return oneOf(values, found) ?? (listed ? ofType("array", found) : undefined);
}

function ofType(expected: string, found: TomlValue | undefined): string | undefined {
  if (expected === "array" && typeof found === "string") {
    const shown = showValue(found);
    // Neither a shortened value nor one without its credentials is meant.
    return shown === JSON.stringify(found) ? `[${shown}]` : undefined;
  }
  if (expected === "bigint" && typeof found === "string") {
    return /^\d{1,15}$/.test(found) ? found : undefined;
  }
  if (expected !== "boolean") return undefined;
  if (typeof found !== "string" && typeof found !== "bigint") return undefined;
  if (YES.test(String(found))) return "true";
  return NO.test(String(found)) ? "false" : undefined;
}

function oneOf(values: readonly string[], found: TomlValue | undefined): string | undefined {
  if (typeof found === "string") return closest(found, values);
  const same = found === true ? ["yes", "all"] : found === false ? ["no", "off"] : [];
  return same.find((value) => values.includes(value));
}
