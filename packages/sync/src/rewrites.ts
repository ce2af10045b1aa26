import { isFiltering } from "./is-filtering.js";
import type { MirrorSpec } from "./spec.js";
import { isFlat } from "./suite-path.js";

/** Whether clients get other indices of packages than upstream's: where files may be left out. */
export function rewrites({ sign, filters, ignoreMissing, ...spec }: MirrorSpec): boolean {
  const leavesOut = (filters && isFiltering(filters)) || ignoreMissing.length > 0;
  // The one index of a flat suite lists all architectures.
  const selects = spec.architectures.length > 0 && spec.suites.some(isFlat);
  return sign !== undefined && (leavesOut || selects);
}
