import type { Exhibit, FileDigests } from "./exhibit.js";
import { type Expectation, judgeFile, plainPath } from "./expectation.js";
import type { JudgedRelease } from "./release.js";
import { type FieldLines, firstLine, stanzasOf } from "./stanzas.js";

/** Judges every file that an index names; returns how many distinct ones that are. */
export async function judgePool(
  exhibit: Exhibit,
  release: JudgedRelease,
  texts: ReadonlyMap<string, string>,
  excused: (path: string) => boolean,
): Promise<Set<string>> {
  const named = new Set<string>();
  for (const [index, text] of texts) {
    for (const stanza of stanzasOf(text)) {
      const files = index.endsWith("/Sources") || index === "Sources" ? sourceFiles : binaryFile;
      for (const [name, expected] of files(stanza)) {
        const path = await place(exhibit, release, name);
        if (path === undefined) {
          exhibit.violations.push(`${index}: names ${JSON.stringify(name)}`);
          continue;
        }
        named.add(path);
        if (expected.digests.sha256 === undefined && expected.digests.sha512 === undefined) {
          exhibit.violations.push(`${index}: gives neither SHA256 nor SHA512 for ${path}`);
        }
        const present = await judgeFile(exhibit, path, expected, index);
        if (!present && !excused(path)) {
          exhibit.violations.push(`${path}: missing, though ${index} names it`);
        }
      }
    }
  }
  return named;
}

async function place(
  exhibit: Exhibit,
  release: JudgedRelease,
  name: string,
): Promise<string | undefined> {
  const path = plainPath(name);
  if (path === undefined || !release.suite.endsWith("/") || exhibit.files.has(path)) {
    return path;
  }
  const inSuite = release.prefix + path;
  return exhibit.files.has(inSuite) ? inSuite : path;
}

function* binaryFile(stanza: FieldLines): Generator<[string, Expectation]> {
  const digests: Partial<Record<keyof FileDigests, string>> = {};
  for (const [field, algorithm] of [
    ["md5sum", "md5"],
    ["sha1", "sha1"],
    ["sha256", "sha256"],
    ["sha512", "sha512"],
  ] as const) {
    const digest = firstLine(stanza, field);
    if (digest !== "") {
      digests[algorithm] = digest.toLowerCase();
    }
  }
  yield [firstLine(stanza, "filename"), { size: Number(firstLine(stanza, "size")), digests }];
}

function* sourceFiles(stanza: FieldLines): Generator<[string, Expectation]> {
  const found = new Map<
    string,
    { size: number; digests: Partial<Record<keyof FileDigests, string>> }
  >();
  for (const [field, algorithm] of [
    ["files", "md5"],
    ["checksums-sha1", "sha1"],
    ["checksums-sha256", "sha256"],
    ["checksums-sha512", "sha512"],
  ] as const) {
    for (const line of stanza.get(field)?.slice(1) ?? []) {
      const [digest = "", size = "", name = ""] = line.split(/\s+/);
      const entry = found.get(name) ?? { size: Number(size), digests: {} };
      entry.digests[algorithm] = digest.toLowerCase();
      found.set(name, entry);
    }
  }
  const directory = firstLine(stanza, "directory");
  for (const [name, expected] of found) {
    yield [`${directory === "" ? "." : directory}/${name}`, expected];
  }
}
