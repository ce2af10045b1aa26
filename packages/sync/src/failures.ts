import { SyncError } from "./error.js";

/** One file that could not be had. */
export interface FileFailure {
  readonly path: string;
  readonly error: Error;
}

/** So many failures are kept: an upstream that lacks a million files is told by their number. */
const MOST_KEPT = 1000;

/** The files of one phase that could not be had. */
export class Failures {
  #count = 0;
  readonly #kept: FileFailure[] = [];

  /** Counts a failure; its error is made only where it is kept. */
  add(path: string, error: () => Error): void {
    this.#count += 1;
    if (this.#kept.length < MOST_KEPT) this.#kept.push({ path, error: error() });
  }

  /**
   * Several failures as one error that carries the first thousand; a single one as it is.
   *
   * @throws SyncError ERR_SYNC_FILES_FAILED, or the error of the only file
   */
  throwIfAny(id: string): void {
    const [first] = this.#kept;
    if (!first) return;
    if (this.#count === 1) throw first.error;
    throw new SyncError(
      "ERR_SYNC_FILES_FAILED",
      `${id}: ${this.#count} files could not be fetched, the first: ${first.error.message}`,
      { failures: this.#kept, cause: first.error },
    );
  }
}
