import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HeldContent } from "./contents.js";
import { digestFile } from "./digest-file.js";
import { SyncError } from "./error.js";
import { selected } from "./index-entries.js";
import { readStanzaFiles, type StanzaFile } from "./read-stanza-files.js";
import { indexReader, type Run } from "./run.js";
import type { PlacedIndex } from "./select-packages.js";
import { sha256Of } from "./sha256-of.js";

/** An index that lists only what the tree holds, not compressed yet. */
export interface RewrittenIndex {
  readonly name: string;
  /** Stanzas that stay. */
  readonly stanzas: number;
  /** SHA256 of its text. */
  readonly sha256: string;
  /** Where its text lies. */
  readonly file: string;
}

/** Whether a tree has a file of this path, size and digests. */
export type HoldsFile = (path: string, file: StanzaFile) => boolean;

const LF = Uint8Array.of(0x0a);
const PIECE = 256 * 1024;

/**
 * Writes the stanzas of an index of which the tree holds every file into `directory`, each as
 * upstream wrote it.
 *
 * @param holds - whether the tree has this very file at that path
 * @throws SyncError ERR_SYNC_BAD_INDEX where the index breaks the format
 */
export async function rewriteIndex(
  run: Run,
  { name, listing, place }: PlacedIndex,
  holds: HoldsFile,
  directory: string,
): Promise<RewrittenIndex> {
  const hash = createHash("sha256");
  const file = join(directory, `${sha256Of(name)}.rewritten`);
  let stanzas = 0;
  async function* text(): AsyncGenerator<Uint8Array> {
    let pieces: Uint8Array[] = [];
    let length = 0;
    const selects = selected(listing.suite, run.spec.architectures);
    for await (const { bytes, architecture, files } of readStanzaFiles(indexReader(run), listing)) {
      if (listing.kind === "packages" && selects && !selects.has(architecture)) continue;
      if (!files.every((one) => holds(place(one.path), one))) continue;
      stanzas += 1;
      pieces.push(bytes, LF);
      length += bytes.length + 1;
      if (length < PIECE) continue;
      const piece = Buffer.concat(pieces);
      hash.update(piece);
      yield piece;
      pieces = [];
      length = 0;
    }
    const rest = Buffer.concat(pieces);
    hash.update(rest);
    yield rest;
  }
  await rm(file, { recursive: true, force: true });
  const written = createWriteStream(file, { flags: "wx" });
  try {
    await pipeline(Readable.from(text(), { objectMode: false }), written);
  } catch (cause) {
    run.signal?.throwIfAborted();
    throw cause instanceof SyncError ? cause : notWritten(name, cause);
  }
  return { name, stanzas, sha256: hash.digest("hex"), file };
}

/**
 * A form of a rewritten index, beside its text; with an empty `compression` the text itself.
 *
 * @throws SyncError ERR_SYNC_NOT_PACKED
 */
export async function packIndex(
  run: Run,
  { name, file, sha256 }: RewrittenIndex,
  compression: string,
): Promise<Omit<HeldContent, "mtime">> {
  if (compression === "") return { source: file, size: (await stat(file)).size, sha256 };
  const source = `${file}.${compression}`;
  await rm(source, { recursive: true, force: true });
  const path = `${name}.${compression}`;
  try {
    await run.ports.packer.pack(file, source, compression, run.signal);
    await checkPacked(run, source, compression, { file, sha256 });
  } catch (cause) {
    run.signal?.throwIfAborted();
    throw notWritten(path, cause);
  }
  const found = await digestFile(source, ["sha256"]);
  return { source, size: (await stat(source)).size, sha256: found.get("sha256") ?? "" };
}

/** What a program of this machine made is looked at before clients are told of it. */
async function checkPacked(
  run: Run,
  source: string,
  compression: string,
  { file, sha256 }: Pick<RewrittenIndex, "file" | "sha256">,
): Promise<void> {
  const hash = createHash("sha256");
  const { size } = await stat(file);
  for await (const chunk of run.ports.unpacker.open(source, compression, size)) hash.update(chunk);
  const found = hash.digest("hex");
  if (found !== sha256) throw new Error(`unpacks to SHA256 ${found}, expected ${sha256}`);
}

function notWritten(path: string, cause: unknown): SyncError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${path}: cannot be written: ${reason}`;
  return new SyncError("ERR_SYNC_NOT_PACKED", message, { path, cause });
}
