import { SyncError } from "./error.js";

/** One file that could not be had. */
export interface FileFailure {
  readonly path: string;
  readonly error: Error;
}

/** Several failures as one error that carries them all; a single one as it is. */
export function failuresAsOne(id: string, failures: readonly FileFailure[]): Error {
  const [first, ...more] = failures;
  if (first && more.length === 0) return first.error;
  return new SyncError(
    "ERR_SYNC_FILES_FAILED",
    `${id}: ${failures.length} files could not be fetched, the first: ${first?.error.message}`,
    { failures, cause: first?.error },
  );
}
