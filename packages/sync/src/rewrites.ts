import { isFiltering } from "./filter.js";
import type { MirrorSpec } from "./spec.js";

/** Whether clients get other indices of packages than upstream's: where files may be left out. */
export function rewrites({ sign, filters, ignoreMissing }: MirrorSpec): boolean {
  const leavesOut = (filters && isFiltering(filters)) || ignoreMissing.length > 0;
  return sign !== undefined && leavesOut;
}
