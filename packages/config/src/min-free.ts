import type { MinFree } from "./config.js";
import { readPercentage } from "./percentage.js";
import type { Reading } from "./reading.js";
import { readSize } from "./size.js";

const ALLOWED = 'a percentage from "0%" to "100%", or a size such as "5GB" or "10GiB"';

/** What a file system keeps free: a part of it (`2%`) or a size (`10GiB`). */
export function readMinFree(text: string): Reading<MinFree> {
  if (text.endsWith("%")) {
    const share = readPercentage(text);
    return "value" in share ? { value: { share: share.value } } : refused(share);
  }
  const size = readSize(text);
  return "value" in size ? { value: { bytes: size.value } } : refused(size);
}

function refused<T>(reading: Extract<Reading<T>, { fault: unknown }>): Reading<never> {
  return { fault: { ...reading.fault, allowed: ALLOWED } };
}
