import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";

/** What goes into a fingerprint besides the metadata. */
export interface FingerprintOptions {
  /** Adds the SHA256 of each file's content. */
  readonly content?: boolean;
  /** Leaves out the inode, for comparisons of copies. */
  readonly withoutInode?: boolean;
}

/**
 * Every entry below a directory (and the directory itself, as `.`) with type, mode, inode, mtime in ns, size and link target, and on demand its content's SHA256; no symlink is followed but one that the path itself is.
 * Two equal maps mean that nothing was touched in between. Directories carry no size.
 *
 * @example
 * ```ts
 * const before = await fingerprintTree(tree);
 * await failingSync();
 * expect(await fingerprintTree(tree)).toEqual(before);
 * ```
 */
export async function fingerprintTree(
  path: string,
  options: FingerprintOptions = {},
): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  const visit = async (name: string, absolute: string): Promise<void> => {
    const stat = await lstat(absolute, { bigint: true });
    const mode = (stat.mode & 0o7777n).toString(8).padStart(4, "0");
    const parts = [
      kindOf(stat),
      mode,
      ...(options.withoutInode === true ? [] : [stat.ino]),
      stat.mtimeNs,
    ];
    if (stat.isSymbolicLink()) {
      parts.push(await readlink(absolute));
    } else if (stat.isFile()) {
      parts.push(stat.size);
      if (options.content === true) {
        parts.push(await sha256(absolute));
      }
    }
    result.set(name, parts.join(" "));
    if (stat.isDirectory()) {
      for (const entry of (await readdir(absolute)).sort()) {
        await visit(name === "." ? entry : `${name}/${entry}`, join(absolute, entry));
      }
    }
  };
  await visit(".", await realpath(path));
  return result;
}

function kindOf(stat: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): string {
  if (stat.isFile()) {
    return "file";
  }
  if (stat.isDirectory()) {
    return "directory";
  }
  return stat.isSymbolicLink() ? "symlink" : "other";
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}
