import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { writing } from "./errno.js";

/**
 * Makes a file and waits until its bytes are on disk; never writes into one that is there.
 *
 * @param named - what an error is about, where `path` is a name that nobody knows
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function writeNew(path: string, bytes: Uint8Array, mode: number, named = path): void {
  writing(named, () => {
    const fd = openSync(path, "wx", mode);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}
