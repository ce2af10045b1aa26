import { pack } from "tar-stream";

/** A regular file inside an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Permission bits, 0644 by default. */
  readonly mode?: number;
}

/** The one moment that every file inside a made archive carries, so that equal input gives equal bytes. */
const ARCHIVE_TIME = new Date("2024-01-01T00:00:00Z");

/** A tar (ustar) with these files and the directories above them, all owned by root. */
export async function tarOf(files: readonly ArchiveFile[]): Promise<Buffer> {
  const tar = pack();
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root", mtime: ARCHIVE_TIME };
  const directories = new Set<string>();
  for (const file of files) {
    const segments = file.name.split("/").slice(0, -1);
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const directory = `${segments.slice(0, depth).join("/")}/`;
      if (!directories.has(directory)) {
        directories.add(directory);
        tar.entry({ name: directory, type: "directory", mode: 0o755, ...owner });
      }
    }
    tar.entry({ name: file.name, mode: file.mode ?? 0o644, ...owner }, Buffer.from(file.bytes));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An `ar` archive with these members, as deb(5) wants it: names of at most 16 bytes, without a slash. */
export function arOf(members: readonly ArchiveFile[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from("!<arch>\n")];
  const time = String(ARCHIVE_TIME.getTime() / 1000).padEnd(12);
  for (const { name, bytes, mode = 0o644 } of members) {
    const head = `${name.padEnd(16)}${time}0     0     ${(0o100000 | mode).toString(8).padEnd(8)}`;
    parts.push(Buffer.from(`${head}${String(bytes.byteLength).padEnd(10)}\`\n`), bytes);
    if (bytes.byteLength % 2 === 1) {
      parts.push(Buffer.from("\n"));
    }
  }
  return Buffer.concat(parts);
}
