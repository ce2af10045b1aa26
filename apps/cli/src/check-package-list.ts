import { checkFilters, type Filters, SyncError } from "@mirror/sync";

/**
 * Checks filters with the package list of a file.
 * @throws SyncError ERR_SYNC_BAD_FILTER, naming the file.
 */
export function checkPackageList(path: string, filters: Filters): void {
  try {
    checkFilters(filters);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw new SyncError(error.code, `${path}: ${error.message}`, { ...error.facts, path });
  }
}
