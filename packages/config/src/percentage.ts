import type { Reading } from "./reading.js";

const ALLOWED = 'a percentage from "0%" to "100%"';

/** `40%` as 0.4: digits, perhaps with a fraction, and the sign. */
export function readPercentage(text: string): Reading<number> {
  const digits = /^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(text)?.[1];
  const percent = Number(digits ?? Number.NaN);
  if (!(percent <= 100)) return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: ALLOWED } };
  if (!text.endsWith("%")) {
    const fault = {
      code: "ERR_CONFIG_BAD_VALUE",
      allowed: ALLOWED,
      suggestion: `${text}%`,
    } as const;
    return { fault };
  }
  return { value: percent / 100 };
}
