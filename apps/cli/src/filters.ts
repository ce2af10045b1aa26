import type { MirrorConfig } from "@mirror/config";
import type { Filters } from "@mirror/sync";
import { readNamedFile } from "./read-file.js";

/**
 * The filters of a mirror with its package list read; undefined where none leaves packages out.
 * @throws CliError ERR_CLI_UNREADABLE_FILE; SyncError ERR_SYNC_BAD_FILTER, naming the file.
 */
export async function readFilters({ filters }: MirrorConfig): Promise<Filters | undefined> {
  const { packageList: path, ...others } = filters;
  if (path === undefined) return isEmpty(others) ? undefined : others;
  const bytes = await readNamedFile(path, "package list");
  const read = { ...others, packageList: new TextDecoder().decode(bytes) };
  // The engine of patterns takes long to load.
  const { checkPackageList } = await import("./check-package-list.js");
  checkPackageList(path, read);
  return read;
}

function isEmpty(filters: Omit<MirrorConfig["filters"], "packageList">): boolean {
  const { keepVersions, excludePatterns, includePatterns, sections, priorities } = filters;
  const lists = [excludePatterns, includePatterns, sections, priorities];
  return keepVersions === 0 && lists.every(({ length }) => length === 0);
}
