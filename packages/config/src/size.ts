import type { Reading } from "./reading.js";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
const ALLOWED = 'a size such as "500MB", "5GB" or "10GiB"';

/**
 * Bytes of a size: a number, perhaps with a fraction, and `kB`, `MB`, ... of a thousand or `KiB`,
 * `MiB`, ... of 1024, nothing between them. `5G` is refused, as it stands for either.
 */
export function readSize(text: string): Reading<number> {
  const [, digits, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]*)$/.exec(text) ?? [];
  if (digits === undefined) return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: ALLOWED } };
  const known = UNITS.find((name) => name === unit);
  if (known === undefined) {
    const meant = UNITS.find((name) =>
      [name, `${name[0]}`].some((word) => word.toLowerCase() === unit.toLowerCase()),
    );
    const suggestion = meant === undefined ? {} : { suggestion: `${digits}${meant}` };
    return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: ALLOWED, ...suggestion } };
  }
  const power = "BKMGTP".indexOf(known[0]?.toUpperCase() ?? "");
  const bytes = Math.round(Number(digits) * (known.endsWith("iB") ? 1024 : 1000) ** power);
  return Number.isSafeInteger(bytes)
    ? { value: bytes }
    : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: ALLOWED } };
}
