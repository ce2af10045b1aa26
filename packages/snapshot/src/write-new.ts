import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { writing } from "./errno.js";

/**
 * Makes a file and waits until its bytes are on disk; never writes into one that is there.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function writeNew(path: string, bytes: Uint8Array, mode: number): void {
  writing(path, () => {
    const fd = openSync(path, "wx", mode);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}
