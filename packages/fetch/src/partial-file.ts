import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writevSync,
} from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { CheckStream } from "./check-stream.js";
import { FetchError } from "./error.js";
import { readValidator, type Validator } from "./resume.js";

/**
 * A body of at most this many bytes stays in memory until it is complete: one open, one write, one
 * rename by synchronous calls was the fastest way measured, 1.4 times that of a stream pipeline.
 */
const IN_MEMORY = 1024 * 1024;
/** Larger bodies are written in pieces of this size. */
const PIECE = 256 * 1024;
/** A smaller partial is not worth a resume. */
const WORTH_KEEPING = 64 * 1024;
/** Bytes hashed in one go when a partial is taken up, between turns of the event loop. */
const REHASH_TURN = 8 * 1024 * 1024;
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
  #held: Uint8Array[] = [];
  #heldBytes = 0;
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

  /** Takes up what an earlier run left, hashing it into `check`; false if it left nothing of use. */
  async takeUp(check: CheckStream): Promise<boolean> {
    if (this.#size <= WORTH_KEEPING) {
      return false;
    }
    let fd: number | undefined;
    try {
      const found = lstatSync(this.#part, { throwIfNoEntry: false });
      if (found === undefined) {
        return false;
      }
      this.#hasNotes = true;
      const validator = this.#readNotes();
      if (validator === undefined || !found.isFile() || found.size > this.#size) {
        return false;
      }
      fd = openSync(this.#part, O_RDONLY | O_NOFOLLOW);
      const buffer = Buffer.allocUnsafe(1024 * 1024);
      while (check.received < this.#size) {
        const read = readSync(fd, buffer);
        if (read === 0) {
          break;
        }
        check.update(buffer.subarray(0, read), this.#part);
        if (check.received % REHASH_TURN === 0) {
          await setImmediate();
        }
      }
      this.#onDisk = check.received;
      this.#validator = validator;
      return true;
    } catch (error) {
      throw this.#writeError(error);
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
      this.#guarded(() => this.#writeNotes(validator));
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
      const { size } = fstatSync(this.#fd);
      return size === this.#onDisk;
    });
  }

  /** Adds bytes; the buffer must not be changed afterwards. */
  append(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= PIECE && this.#size > IN_MEMORY) {
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
    if (validator === undefined || this.#onDisk + this.#heldBytes <= WORTH_KEEPING) {
      this.drop();
      return false;
    }
    this.#guarded(() => {
      if (this.#heldBytes > 0) {
        this.#flush();
      }
      this.#close();
      if (!this.#hasNotes) {
        this.#writeNotes(validator);
      }
    });
    return true;
  }

  /** Forgets what has come and removes it from disk. */
  drop(): void {
    this.#close();
    this.#held = [];
    this.#heldBytes = 0;
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
    let pieces = this.#held;
    while (pieces.length > 0) {
      const written = writevSync(fd, pieces, this.#onDisk);
      this.#onDisk += written;
      pieces = without(pieces, written);
    }
    this.#held = [];
    this.#heldBytes = 0;
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
    if (this.#fd !== undefined) {
      const fd = this.#fd;
      this.#fd = undefined;
      closeSync(fd);
    }
  }

  #readNotes(): Validator | undefined {
    try {
      const stat = lstatSync(this.#notes);
      if (!stat.isFile() || stat.size > 4096) {
        return undefined;
      }
      const notes: unknown = JSON.parse(readFileSync(this.#notes, "utf8"));
      if (typeof notes !== "object" || notes === null || !("content" in notes)) {
        return undefined;
      }
      return notes.content === this.#content ? readValidator(notes) : undefined;
    } catch {
      return undefined;
    }
  }

  #writeNotes(validator: Validator): void {
    this.#hasNotes = true;
    rmSync(this.#notes, { force: true });
    writeFileSync(this.#notes, JSON.stringify({ content: this.#content, ...validator }), {
      flag: "wx",
    });
  }

  /** Runs disk calls; whatever they throw gives the space back and becomes ERR_FETCH_WRITE. */
  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      this.#abandon();
      throw this.#writeError(error);
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
    this.#held = [];
    this.#heldBytes = 0;
    this.#onDisk = 0;
    this.#validator = undefined;
  }

  #writeError(cause: unknown): FetchError {
    const found = errnoOf(cause);
    return new FetchError("ERR_FETCH_WRITE", `cannot be written (${found})`, {
      path: this.#destination,
      found,
      cause,
    });
  }
}

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "unknown";
}

/** `pieces` less their first `count` bytes. */
function without(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (skip >= piece.length) {
      skip -= piece.length;
    } else {
      rest.push(piece.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
