import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { CheckStream } from "./check-stream.js";
import { FetchError } from "./error.js";
import { readNotes, writeNotes } from "./partial-notes.js";
import { Pieces } from "./pieces.js";
import type { Validator } from "./resume.js";
import { writeAll } from "./write-all.js";
import { errnoOf, writeError } from "./write-error.js";

/**
 * A body of at most this many bytes stays in memory until it is complete: one open, one write, one
 * rename by synchronous calls was the fastest way measured, 1.4 times that of a stream pipeline.
 */
const IN_MEMORY = 1024 * 1024;
/** Larger bodies are written in pieces of this size: more held back was slower by a third. */
const PIECE = 64 * 1024;
/** A smaller partial is not worth a resume. */
const WORTH_KEEPING = 64 * 1024;
/** Bytes read at a time when a partial is hashed, and how often before the event loop turns. */
const REHASH_PIECE = 1024 * 1024;
const REHASH_TURN = 8;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * A body on its way to `destination`: in memory or at `<destination>.part`, with the validator of
 * what it is a part of at `<destination>.part.json`.
 */
export class PartialFile {
  readonly #destination: string;
  readonly #part: string;
  readonly #notes: string;
  /** Names the content: a partial of other content is of no use. */
  readonly #content: string;
  readonly #size: number;
  readonly #held = new Pieces();
  #fd: number | undefined;
  #onDisk = 0;
  #validator: Validator | undefined;
  #hasNotes = false;

  constructor(destination: string, size: number, content: string) {
    this.#destination = destination;
    this.#part = `${destination}.part`;
    this.#notes = `${destination}.part.json`;
    this.#size = size;
    this.#content = content;
  }

  /** Bytes on disk that a request may go on from, and what names them; undefined if there are none. */
  get resumable(): { from: number; validator: Validator } | undefined {
    return this.#onDisk > 0 && this.#validator !== undefined
      ? { from: this.#onDisk, validator: this.#validator }
      : undefined;
  }

  /** What an earlier run left here, if it may be of use; `takeUp` it or `drop` it. */
  leftOver(): Validator | undefined {
    if (this.#size <= WORTH_KEEPING) {
      return undefined;
    }
    return this.#guarded(() => {
      const found = lstatSync(this.#part, { throwIfNoEntry: false });
      if (found === undefined) {
        return undefined;
      }
      this.#hasNotes = true;
      return found.isFile() && found.size <= this.#size
        ? readNotes(this.#notes, this.#content)
        : undefined;
    });
  }

  /**
   * Hashes what an earlier run left into `check`, as if it had just come. What `onTurn` throws, which
   * is called now and then, ends it.
   */
  async takeUp(validator: Validator, check: CheckStream, onTurn: () => void): Promise<void> {
    let fd: number | undefined;
    try {
      fd = openSync(this.#part, O_RDONLY | O_NOFOLLOW);
      const buffer = Buffer.allocUnsafe(Math.min(REHASH_PIECE, this.#size));
      for (let turn = 1; check.received < this.#size; turn++) {
        const read = readSync(fd, buffer);
        if (read === 0) {
          break;
        }
        check.update(buffer.subarray(0, read), this.#part);
        if (turn % REHASH_TURN === 0) {
          await setImmediate();
          onTurn();
        }
      }
      this.#onDisk = check.received;
      this.#validator = validator;
    } catch (error) {
      throw error instanceof FetchError ? error : writeError(this.#destination, error);
    } finally {
      if (fd !== undefined) {
        closeSync(fd);
      }
    }
  }

  /** Starts at byte 0 of a body with this validator; what was there before is gone. */
  begin(validator: Validator | undefined): void {
    this.drop();
    this.#validator = validator;
    if (validator !== undefined && this.#size > IN_MEMORY) {
      this.#hasNotes = true;
      this.#guarded(() => writeNotes(this.#notes, this.#content, validator));
    }
  }

  /** Goes on at the end of what is on disk; false if that is not there as it was left. */
  goOn(): boolean {
    return this.#guarded(() => {
      try {
        this.#fd = openSync(this.#part, O_WRONLY | O_NOFOLLOW);
      } catch {
        return false;
      }
      return fstatSync(this.#fd).size === this.#onDisk;
    });
  }

  /** Adds bytes; the buffer must not be changed afterwards. */
  append(chunk: Uint8Array): void {
    this.#held.push(chunk);
    if (this.#held.bytes >= PIECE && this.#size > IN_MEMORY) {
      this.#guarded(() => this.#flush());
    }
  }

  /** The body is complete and right: shows it under `destination`. */
  commit(lastModified: Date | undefined): void {
    this.#guarded(() => {
      const fd = this.#flush();
      const { mode } = fstatSync(fd);
      if ((mode & 0o644) !== 0o644) {
        fchmodSync(fd, (mode & 0o7777) | 0o644);
      }
      if (lastModified !== undefined) {
        futimesSync(fd, lastModified, lastModified);
      }
      this.#close();
      renameSync(this.#part, this.#destination);
      if (this.#hasNotes) {
        rmSync(this.#notes, { force: true });
      }
    });
  }

  /** Puts by what has come if it is worth a resume, else drops it; true if it was put by. */
  putBy(): boolean {
    const validator = this.#validator;
    if (validator === undefined || this.#onDisk + this.#held.bytes <= WORTH_KEEPING) {
      this.drop();
      return false;
    }
    this.#guarded(() => {
      if (this.#held.bytes > 0) {
        this.#flush();
      }
      this.#close();
      if (!this.#hasNotes) {
        this.#hasNotes = true;
        writeNotes(this.#notes, this.#content, validator);
      }
    });
    return true;
  }

  /** Forgets what has come and removes it from disk. */
  drop(): void {
    this.#close();
    this.#held.take();
    if (this.#onDisk > 0 || this.#hasNotes) {
      this.#guarded(() => {
        rmSync(this.#part, { force: true });
        rmSync(this.#notes, { force: true });
      });
    }
    this.#onDisk = 0;
    this.#hasNotes = false;
    this.#validator = undefined;
  }

  #flush(): number {
    this.#fd ??= this.#create();
    const fd = this.#fd;
    const { bytes } = this.#held;
    writeAll(fd, this.#held.take(), this.#onDisk);
    this.#onDisk += bytes;
    return fd;
  }

  #create(): number {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    try {
      return openSync(this.#part, flags, 0o644);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") {
        throw error;
      }
      // A left-over, or something planted: it is replaced, never written to.
      rmSync(this.#part, { force: true });
      return openSync(this.#part, flags, 0o644);
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) {
      closeSync(fd);
    }
  }

  /** Runs disk calls; whatever they throw gives the space back and becomes ERR_FETCH_WRITE. */
  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      this.#abandon();
      throw writeError(this.#destination, error);
    }
  }

  #abandon(): void {
    try {
      this.#close();
      rmSync(this.#part, { force: true });
      rmSync(this.#notes, { force: true });
    } catch {
      // The first error is the one to tell.
    }
    this.#held.take();
    this.#onDisk = 0;
    this.#validator = undefined;
  }
}
