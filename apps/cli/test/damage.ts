import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Another content of the same size, with the same times, in the same inode: as a disk does it. */
export function rot(path: string): void {
  const { atime, mtime } = lstatSync(path);
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

/** What can happen to a file of a tree; what it makes outside lies at `outside`. */
export const DAMAGES: Readonly<Record<string, (path: string, outside: string) => void>> = {
  "rotten, as large and as old as before": rot,
  truncated: (path) => truncateSync(path, 7),
  longer: (path) => appendFileSync(path, "more"),
  deleted: (path) => rmSync(path),
  "a symlink to elsewhere"(path, outside) {
    rmSync(path);
    symlinkSync(outside, path);
  },
  "a directory with a file"(path) {
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, "mine"), "mine");
  },
};

/** The files of a tree that are not what its manifest says, by sha256sum. */
export function wrongBySha256sum(tree: string): string[] {
  const name = tree.slice(tree.lastIndexOf("/") + 1);
  const manifest = join(tree, "..", `.${name}.manifest`);
  const lines = readFileSync(manifest, "utf8").split("\n").slice(1, -2);
  const sums = lines.map((line) => {
    const [path, , sha256] = JSON.parse(line);
    return `${sha256}  ${path}\n`;
  });
  try {
    execFileSync("sha256sum", ["--check", "--quiet", "--strict"], {
      cwd: tree,
      input: sums.join(""),
      stdio: ["pipe", "pipe", "ignore"],
    });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: Buffer };
    return stdout
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace(/: FAILED.*$/, ""));
  }
}
