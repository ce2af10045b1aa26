import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A regular file of the judged tree. */
interface TreeFile {
  readonly size: number;
  /** Equal for two names of one inode. */
  readonly inode: string;
}

/** The lower-case hex digests of a file. */
export interface FileDigests {
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
  readonly sha512: string;
}

/** The tree under judgement, and what has been found in it so far. */
export interface Exhibit {
  /** Absolute, links resolved. */
  readonly root: string;
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly violations: string[];
  readonly notes: string[];
  /** Paths that some signed file accounts for. */
  readonly claimed: Set<string>;
  /** Hashes a file of `files`, each inode once. */
  digests(path: string): Promise<FileDigests>;
}

/** Walks the tree: finds its files, and every entry that is not a plain file or directory that others may read. */
export async function openExhibit(root: string): Promise<Exhibit> {
  const files = new Map<string, TreeFile>();
  const violations: string[] = [];
  const walk = async (directory: string): Promise<void> => {
    for (const name of (await readdir(join(root, directory))).sort()) {
      const path = directory === "" ? name : `${directory}/${name}`;
      const stat = await lstat(join(root, path));
      if (stat.isDirectory()) {
        if ((stat.mode & 0o005) !== 0o005) {
          violations.push(`${path}: directory mode ${octal(stat.mode)}, others cannot enter`);
        }
        await walk(path);
      } else if (stat.isFile()) {
        if ((stat.mode & 0o004) === 0) {
          violations.push(`${path}: mode ${octal(stat.mode)}, others cannot read it`);
        }
        files.set(path, { size: stat.size, inode: `${stat.dev}:${stat.ino}` });
      } else {
        violations.push(`${path}: ${stat.isSymbolicLink() ? "a symlink" : "not a regular file"}`);
      }
    }
  };
  await walk("");

  const known = new Map<string, Promise<FileDigests>>();
  const digests = (path: string): Promise<FileDigests> => {
    const inode = files.get(path)?.inode ?? path;
    const result = known.get(inode) ?? digestFile(join(root, path));
    known.set(inode, result);
    return result;
  };
  return { root, files, violations, notes: [], claimed: new Set(), digests };
}

async function digestFile(path: string): Promise<FileDigests> {
  const hashes = {
    md5: createHash("md5"),
    sha1: createHash("sha1"),
    sha256: createHash("sha256"),
    sha512: createHash("sha512"),
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    for (const hash of Object.values(hashes)) {
      hash.update(chunk as Buffer);
    }
  }
  return {
    md5: hashes.md5.digest("hex"),
    sha1: hashes.sha1.digest("hex"),
    sha256: hashes.sha256.digest("hex"),
    sha512: hashes.sha512.digest("hex"),
  };
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
