import { compileFilters } from "./filter.js";
import type { Filters } from "./spec.js";

/**
 * Refuses filters that no sync could use, before anything is fetched for it.
 *
 * @throws SyncError ERR_SYNC_BAD_FILTER for a pattern that does not compile, or a bad package list
 */
export function checkFilters(filters: Filters): void {
  compileFilters(filters);
}
