/** Chunks that are joined at a time. */
const BATCH = 128;
/** Chunks that are smaller on average are joined. */
const SMALL = 4096;

/**
 * Chunks of a body in the order they came.
 *
 * A server may send a body in millions of one-byte chunks, each of them an object of a hundred bytes
 * or more here: small ones are joined, so that memory stays near the size of the body.
 */
export class Pieces {
  /** In all. */
  bytes = 0;
  #joined: Uint8Array[] = [];
  #recent: Uint8Array[] = [];
  #recentBytes = 0;

  /** Adds a chunk, which must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#recentBytes += chunk.length;
    this.#recent.push(chunk);
    if (this.#recent.length === BATCH) {
      this.#joined.push(
        ...(this.#recentBytes < BATCH * SMALL ? [Buffer.concat(this.#recent)] : this.#recent),
      );
      this.#recent = [];
      this.#recentBytes = 0;
    }
  }

  /** Hands everything over and is empty then. */
  take(): Uint8Array[] {
    const all = this.#joined.length === 0 ? this.#recent : [...this.#joined, ...this.#recent];
    this.bytes = 0;
    this.#joined = [];
    this.#recent = [];
    this.#recentBytes = 0;
    return all;
  }
}
