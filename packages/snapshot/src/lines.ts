import { closeSync, constants, openSync, readSync } from "node:fs";
import { reading } from "./errno.js";
import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

const CHUNK = 1 << 18;

/** The longest line of a manifest, in bytes: the header with the caller's facts. */
export const MAX_LINE = 1 << 24;

/** One line of a file, valid until the next is asked for. */
export class Line {
  /** As on disk, with the line feed. */
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Without the line feed, decoded as UTF-8. */
  get text(): string {
    return this.bytes.toString("utf8", 0, this.bytes.length - 1);
  }
}

/**
 * Yields the complete lines of a file without holding more than one chunk and one line. What
 * follows the last line feed is left out: a line without its end was cut. With `passOverLong` a line
 * that is too long may come in several, and is no error.
 *
 * @throws `ERR_SNAPSHOT_READ`, `ERR_SNAPSHOT_BAD_MANIFEST` for a line longer than {@link MAX_LINE}
 */
export function* readLines(
  path: string,
  options: { readonly passOverLong?: boolean } = {},
): Generator<Line, void, undefined> {
  const fd = reading(path, () =>
    openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = Buffer.alloc(0);
    for (;;) {
      const length = reading(path, () => readSync(fd, chunk));
      if (length === 0) return;
      const data = rest.length === 0 ? chunk.subarray(0, length) : concat(rest, chunk, length);
      let from = 0;
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
        const bytes = data.subarray(from, end + 1);
        yield new Line(bytes);
        from = end + 1;
      }
      rest = Buffer.from(data.subarray(from));
      if (rest.length <= MAX_LINE) continue;
      if (options.passOverLong !== true) throw tooLong(path);
      rest = Buffer.alloc(0);
    }
  } finally {
    closeSync(fd);
  }
}

function concat(rest: Buffer, chunk: Buffer, length: number): Buffer {
  return Buffer.concat([rest, chunk.subarray(0, length)]);
}

function tooLong(path: string): SnapshotError {
  const expected = `lines of at most ${MAX_LINE} bytes`;
  return new SnapshotError(
    "ERR_SNAPSHOT_BAD_MANIFEST",
    `${printable(path)}: bad manifest, expected ${expected}, got a longer one`,
    { path, expected },
  );
}
