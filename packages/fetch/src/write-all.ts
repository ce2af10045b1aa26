import { writevSync } from "node:fs";

/** Writes all of `pieces` at `position`: `writev` alone may stop short, as on a disk nearly full. */
export function writeAll(fd: number, pieces: readonly Uint8Array[], position: number): void {
  let left = pieces;
  let at = position;
  while (left.length > 0) {
    const written = writevSync(fd, left, at);
    at += written;
    left = without(left, written);
  }
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
