import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  writeSync,
} from "node:fs";
import { writing } from "./errno.js";
import { SnapshotError } from "./error.js";
import { MAX_LINE, readLines } from "./lines.js";
import { faultOfFile, type ManifestFile } from "./manifest-file.js";
import { printable } from "./printable.js";
import { safePath } from "./safe-path.js";

/** The newest manifest that this version reads, and the one that it writes. */
const FORMAT = 1;

/** The first line of a manifest. */
export interface ManifestHeader {
  readonly format: 1;
  /** When the tree was sealed, ISO 8601 UTC, as the caller said. */
  readonly created: string;
  /** How many files the tree has. */
  readonly files: number;
  /** The sum of their sizes. */
  readonly bytes: number;
  /** The caller's own JSON: what the tree was made with. */
  readonly facts: unknown;
  /** Of a named snapshot: the generation or the snapshot that it was taken of. */
  readonly source?: string;
  /** Of a named snapshot: nobody asked for it by name. */
  readonly automatic?: true;
}

/**
 * Writes a manifest and waits until it is on disk.
 *
 * The format is lines of JSON in UTF-8. First the header object; then one array
 * `[path, size, sha256, mtime]` per file, with `checked` as a fifth element where it has one, ordered
 * by path (UTF-16 code units, as `<` compares strings); last `{"end": files, "sha256": digest of all bytes before this line}`, by which a cut or
 * damaged file is known. JSON escapes whatever a path holds. No absolute path is in it.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_WRITE`
 */
export function writeManifest(
  path: string,
  options: { created: Date; facts: unknown; files: Iterable<ManifestFile> },
): void {
  const files = [...options.files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const header: ManifestHeader = {
    format: FORMAT,
    created: options.created.toISOString(),
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    facts: options.facts ?? null,
  };
  const firstLine = `${JSON.stringify(header)}\n`;
  if (Buffer.byteLength(firstLine) > MAX_LINE) throw new TypeError("facts: more than 16 MiB");
  writing(path, () => {
    const fd = createManifest(path);
    try {
      const hash = createHash("sha256");
      const append = (text: string) => {
        const bytes = Buffer.from(text);
        hash.update(bytes);
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      };
      let text = firstLine;
      for (const file of files) {
        const { path: name, size, sha256, mtime, checked } = file;
        const line = [name, size, sha256, mtime];
        text += `${JSON.stringify(checked === undefined ? line : [...line, checked])}\n`;
        if (text.length > 1 << 18) {
          append(text);
          text = "";
        }
      }
      append(text);
      append(endLine(files.length, hash.copy().digest("hex")));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Reads the first line of a manifest and nothing more.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_BAD_MANIFEST`, `ERR_SNAPSHOT_NEWER_FORMAT`,
 * `ERR_SNAPSHOT_READ`
 */
export function readManifestHeader(path: string): ManifestHeader {
  for (const line of readLines(path)) return parseHeader(path, line.text);
  throw badManifest(path, 1, "a header", "nothing");
}

/** A descriptor to write a manifest that anybody may read. @throws `ERR_SNAPSHOT_WRITE` */
export function createManifest(path: string): number {
  return writing(path, () => {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    const fd = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666);
    const { mode } = fstatSync(fd);
    if ((mode & 0o644) !== 0o644) fchmodSync(fd, (mode & 0o7777) | 0o644);
    return fd;
  });
}

/** The last line of a manifest, with the digest of all before. */
export function endLine(files: number, sha256: string): string {
  return `${JSON.stringify({ end: files, sha256 })}\n`;
}

/**
 * Yields the files of a manifest in order while it is read. A cut or damaged manifest may yield
 * files first: only when the iteration ends without an error were they all. Where contents are
 * given, by their SHA256, it yields no others.
 *
 * @throws {@link SnapshotError} `ERR_SNAPSHOT_BAD_MANIFEST`, `ERR_SNAPSHOT_NEWER_FORMAT`,
 * `ERR_SNAPSHOT_READ`
 */
export function* readManifestFiles(
  path: string,
  contents?: Contents,
): Generator<ManifestFile, void, undefined> {
  for (const { file } of readManifestEntries(path, contents)) yield file;
}

/** Contents by their SHA256. */
export interface Contents {
  has(sha256: string): boolean;
}

/** {@link readManifestFiles} with the line of each file, valid until the next is asked for. */
export function* readManifestEntries(
  path: string,
  contents?: Contents,
): Generator<{ readonly file: ManifestFile; readonly bytes: Uint8Array }, void, undefined> {
  const hash = createHash("sha256");
  let header: ManifestHeader | undefined;
  let count = 0;
  let bytes = 0;
  let before = "";
  let ended = false;
  for (const line of readLines(path)) {
    const at = count + 2;
    if (ended) throw badManifest(path, at + 1, "the end", "more lines");
    if (header === undefined) header = parseHeader(path, line.text);
    else if (contents !== undefined && isFileWithout(contents, line.bytes)) count += 1;
    else if (line.bytes[0] === OBJECT) {
      const { text } = line;
      const end: { end?: unknown; sha256?: unknown } = Object(parse(text));
      const sha256 = hash.copy().digest("hex");
      if (end.end !== count || end.sha256 !== sha256)
        throw badManifest(path, at, `the end after ${count} files with digest ${sha256}`, text);
      if (header.files !== count || (contents === undefined && header.bytes !== bytes))
        throw badManifest(path, at, `${header.files} files`, `${count}`);
      ended = true;
    } else {
      const file = parseFile(path, at, line.text);
      if (file.path <= before) throw badManifest(path, at, `a path after ${before}`, file.path);
      before = file.path;
      count += 1;
      bytes += file.size;
      yield { file, bytes: line.bytes };
    }
    hash.update(line.bytes);
  }
  if (!ended) throw badManifest(path, count + 2, "an end", "nothing more");
}

/** How the JSON of a file begins, and how that of the end does. */
const ARRAY = "[".charCodeAt(0);
const OBJECT = "{".charCodeAt(0);

/**
 * Whether a line records a file of none of these contents. Measured: to parse no other lines is four
 * times as fast; the digest at the end covers them all.
 */
function isFileWithout(contents: Contents, line: Buffer): boolean {
  if (line[0] !== ARRAY) return false;
  // Within the JSON of a path every quote has a backslash before it.
  const at = line.indexOf(',"') + 2;
  return !contents.has(line.toString("latin1", at, at + 64));
}

function parseHeader(path: string, text: string): ManifestHeader {
  const header = parse(text);
  if (!isRecord(header)) throw badManifest(path, 1, "a header", text);
  const { format, created, files, bytes, facts, source, automatic } = header;
  if (typeof format === "number" && format > FORMAT)
    throw new SnapshotError(
      "ERR_SNAPSHOT_NEWER_FORMAT",
      `${printable(path)}: newer format, expected ${FORMAT}, got ${format}`,
      { path, expected: String(FORMAT), found: String(format) },
    );
  if (
    format !== FORMAT ||
    typeof created !== "string" ||
    typeof files !== "number" ||
    typeof bytes !== "number" ||
    Number.isNaN(Date.parse(created))
  )
    throw badManifest(path, 1, "a header", text);
  return {
    format,
    created,
    files,
    bytes,
    facts,
    ...(typeof source === "string" ? { source } : {}),
    ...(automatic === true ? { automatic } : {}),
  };
}

function parseFile(path: string, line: number, text: string): ManifestFile {
  const found = parse(text);
  if (Array.isArray(found)) {
    const [name, size, sha256, mtime, checked]: unknown[] = found;
    if (
      typeof name === "string" &&
      typeof size === "number" &&
      typeof sha256 === "string" &&
      typeof mtime === "number" &&
      (checked === undefined || typeof checked === "string")
    ) {
      const known = { path: name, size, sha256, mtime };
      const file = checked === undefined ? known : { ...known, checked };
      if (faultOfFile(file) === undefined && isSafe(name)) return file;
    }
  }
  throw badManifest(path, line, "a file", text);
}

function isSafe(path: string): boolean {
  try {
    return safePath(path) === path;
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function badManifest(path: string, line: number, expected: string, found: string): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_BAD_MANIFEST",
    `${printable(path)}:${line}: bad manifest, expected ${expected}, got ${printable(found)}`,
    { path, expected, found: printable(found) },
  );
}
