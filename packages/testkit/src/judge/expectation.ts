import type { Exhibit, FileDigests } from "./exhibit.js";

/** What a signed file says about another. */
export interface Expectation {
  readonly size: number;
  readonly digests: Partial<FileDigests>;
}

/** Whether the file is there; what is wrong with it becomes violations under the name of who says so. */
export async function judgeFile(
  exhibit: Exhibit,
  path: string,
  expected: Expectation,
  saidBy: string,
): Promise<boolean> {
  const file = exhibit.files.get(path);
  if (file === undefined) {
    return false;
  }
  exhibit.claimed.add(path);
  if (file.size !== expected.size) {
    exhibit.violations.push(`${path}: size ${file.size}, but ${saidBy} says ${expected.size}`);
    return true;
  }
  const found = await exhibit.digests(path);
  for (const [name, digest] of Object.entries(expected.digests)) {
    const actual = found[name as keyof FileDigests];
    if (actual !== digest) {
      exhibit.violations.push(`${path}: ${name} ${actual}, but ${saidBy} says ${digest}`);
    }
  }
  return true;
}

/** A path as apt reads it (empty and `.` segments dropped); undefined when it would leave the tree. */
export function plainPath(path: string): string | undefined {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return path.startsWith("/") || segments.includes("..") || segments.length === 0
    ? undefined
    : segments.join("/");
}
