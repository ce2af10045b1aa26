import { createHash } from "node:crypto";
import { closeSync, writeSync } from "node:fs";
import { writing } from "./errno.js";
import {
  createManifest,
  endLine,
  type ManifestHeader,
  readManifestEntries,
  readManifestHeader,
} from "./manifest.js";
import type { ManifestFile } from "./manifest-file.js";

/**
 * Writes the manifest of a tree that has the same files as that of another manifest, and yields each
 * file before its line is written, while both are read and written. It is complete, but not brought
 * to disk, when the iteration ends without an error.
 *
 * @throws {@link SnapshotError} as {@link readManifestFiles}, and `ERR_SNAPSHOT_WRITE`
 */
export function* copyManifest(
  from: string,
  to: string,
  facts: Pick<ManifestHeader, "created" | "source" | "automatic">,
): Generator<ManifestFile, void, undefined> {
  const { format, files, bytes, facts: made } = readManifestHeader(from);
  const header = { format, files, bytes, facts: made, ...facts };
  const fd = createManifest(to);
  try {
    const hash = createHash("sha256");
    const append = (bytes: Uint8Array) => {
      hash.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writing(to, () => writeSync(fd, bytes, at));
    };
    append(Buffer.from(`${JSON.stringify(header)}\n`));
    const lines = Buffer.allocUnsafe(1 << 18);
    let length = 0;
    let count = 0;
    for (const { file, bytes } of readManifestEntries(from)) {
      yield file;
      count += 1;
      if (length + bytes.length > lines.length) {
        append(lines.subarray(0, length));
        length = 0;
      }
      if (bytes.length > lines.length) append(bytes);
      else {
        lines.set(bytes, length);
        length += bytes.length;
      }
    }
    append(lines.subarray(0, length));
    append(Buffer.from(endLine(count, hash.copy().digest("hex"))));
  } finally {
    closeSync(fd);
  }
}
