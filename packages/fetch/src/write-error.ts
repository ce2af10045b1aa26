import { constants } from "node:os";
import { FetchError } from "./error.js";

/** What a file call threw, as a {@link FetchError} about the file at `path`. */
export function writeError(path: string, cause: unknown): FetchError {
  const found = errnoOf(cause);
  return new FetchError("ERR_FETCH_WRITE", `cannot be written (${found})`, { path, found, cause });
}

/** The errno name of what a file call threw. */
export function errnoOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) {
    return "unknown";
  }
  // The one that Node has no name for: it says "Unknown system error -122".
  const isQuota = "errno" in error && error.errno === -constants.errno.EDQUOT;
  return isQuota ? "EDQUOT" : String(error.code);
}
