import { constants, rmSync } from "node:fs";
import { chmod, copyFile, open } from "node:fs/promises";

/**
 * Copies a regular file over whatever has the name `destination`, and lets everybody read the copy.
 * Returns the file's mtime in ms. What was copied, the caller finds out by hashing it.
 *
 * @param size - bytes
 * @throws what opening and copying throw; `Error` for what is no regular file of that size
 */
export async function copyOpened(
  source: string,
  size: number,
  destination: string,
): Promise<number> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, COPYFILE_EXCL, COPYFILE_FICLONE } = constants;
  // Opened first, as nobody knows what others put there meanwhile: a pipe would be waited for.
  const handle = await open(source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size !== size) throw new Error(`${source}: not as it was`);
    rmSync(destination, { recursive: true, force: true });
    const opened = `/proc/self/fd/${handle.fd}`;
    await copyFile(opened, destination, COPYFILE_EXCL | COPYFILE_FICLONE);
    // The copy has the mode of its source, whatever that lets others do.
    await chmod(destination, 0o644);
    return stats.mtimeMs;
  } finally {
    await handle.close();
  }
}
