import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "@mirror/testkit";
import { BUNDLE } from "../e2e/mirrorctl.js";

/** What the preloaded library calls the system calls that change the file system. */
const CALLS: Readonly<Record<string, string>> = {
  ...{ write: "write", pwrite64: "write", writev: "write", pwritev: "write", pwritev2: "write" },
  ...{ sendfile: "write", copy_file_range: "copy", ftruncate: "truncate", truncate: "truncate" },
  ...{ fallocate: "truncate", mkdir: "mkdir", mkdirat: "mkdir", rmdir: "rmdir", unlink: "unlink" },
  ...{ rename: "rename", renameat: "rename", renameat2: "rename", link: "link", linkat: "link" },
  ...{ symlink: "symlink", symlinkat: "symlink", chmod: "chmod", fchmod: "chmod" },
  ...{ fchmodat: "chmod", chown: "chown", fchown: "chown", lchown: "chown", fchownat: "chown" },
  ...{ utimensat: "utime", utimes: "utime", utime: "utime", fsync: "fsync", fdatasync: "fsync" },
  ...{ syncfs: "syncfs" },
};

/**
 * Runs the built command under strace, which misses no system call, and counts those that the kernel
 * was asked for and that change something below certain directories, by the names of {@link CALLS}.
 */
export async function countByStrace(
  words: readonly string[],
  roots: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Record<string, number>> {
  const log = join(place.cwd, "strace");
  const traced = [...Object.keys(CALLS), "open", "openat", "creat", "unlinkat", "ioctl"].join(",");
  const how = ["-f", "-qq", "-y", "-s", "4096", "-e", `trace=${traced}`, "-e", "signal=none"];
  const command = [process.execPath, BUNDLE, ...words];
  const { exitCode, stderr } = await runTool("strace", [...how, "-o", log, ...command], place);
  if (exitCode !== 0) throw new Error(stderr);
  const counts: Record<string, number> = {};
  for (const line of readFileSync(log, "utf8").split("\n")) {
    // The second half of a call that another thread interrupted begins otherwise.
    const [, name = "", rest = ""] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    const call = nameOf(name, rest);
    if (call === undefined || !isWithin(name, rest, roots)) continue;
    counts[call] = (counts[call] ?? 0) + 1;
  }
  return counts;
}

function nameOf(name: string, rest: string): string | undefined {
  if (name === "unlinkat") return rest.includes("AT_REMOVEDIR") ? "rmdir" : "unlink";
  if (name === "ioctl") return rest.includes("FICLONE") ? "copy" : undefined;
  if (["open", "openat", "creat"].includes(name))
    return name === "creat" || /O_CREAT|O_TRUNC/.test(rest) ? "open" : undefined;
  return CALLS[name];
}

/** What is written may be any text: of calls by descriptor only that one counts. */
function isWithin(name: string, rest: string, roots: readonly string[]): boolean {
  const byDescriptor = /^\d+<([^>]*)>/.exec(rest)?.[1];
  if (byDescriptor !== undefined && name !== "copy_file_range")
    return roots.some((root) => byDescriptor.startsWith(root));
  return roots.some((root) => rest.includes(`"${root}`) || rest.includes(`<${root}`));
}
