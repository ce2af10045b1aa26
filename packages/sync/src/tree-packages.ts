import { join } from "node:path";
import { readStanzas, type Stanza, sourceEntry } from "@mirror/deb822";
import type { SealedTree } from "@mirror/snapshot";
import { carriedSince } from "./carried-mark.js";
import { digestFile } from "./digest-file.js";
import { SyncError } from "./error.js";
import { type ListingIndex, namingIndex, selected } from "./index-entries.js";
import { realDirectory } from "./real-directory.js";
import { repositoryPath } from "./repository-path.js";
import { sourceFilePath } from "./source-file-path.js";
import { isFlat, suiteDirectory } from "./suite-path.js";
import type { IndexForm, TreeIndex } from "./tree-indices.js";
import { type IndexReader, readableForm, unpackIndex, unreadableIndex } from "./unpack-index.js";

/** A package as an index lists it. */
export interface TreePackage {
  readonly name: string;
  readonly version: string;
  /** As its stanza says; `source` for a source package. */
  readonly architecture: string;
  /** The source package that it was built from, as written, where the stanza names one. */
  readonly source?: string;
}

/** What sync has read whole before it sealed the tree may be large; no bomb is larger. */
const SEALED_LIMIT = 2 ** 32;

const FIELDS = ["Package", "Version", "Architecture", "Source"];

/** Where the files of a source package are listed. */
const FILE_FIELDS = [
  "Directory",
  "Files",
  "Checksums-Sha1",
  "Checksums-Sha256",
  "Checksums-Sha512",
];

/**
 * The packages of an index of a sealed tree, in its order, but for those that filters left out. The file is hashed first: nothing is read
 * of an index that is not the one that the manifest names.
 *
 * @param architectures - what the tree's facts say: of a flat suite's stanzas, those that count
 * @throws SyncError ERR_SYNC_BAD_INDEX when the file is damaged, or breaks the format
 */
export async function* readTreePackages(
  tree: SealedTree,
  index: TreeIndex,
  architectures: readonly string[],
  reader: IndexReader,
): AsyncGenerator<TreePackage> {
  const packed = await openTreeIndex(tree, index, reader);
  const { suite, kind, path } = packed;
  const selects = kind === "packages" ? selected(suite, architectures) : undefined;
  const isHeld = index.leftOut && heldBy(tree, index);
  const more = isHeld ? (kind === "sources" ? FILE_FIELDS : ["Filename"]) : [];
  const fields = [...FIELDS, ...more];
  try {
    for await (const stanza of readStanzas(unpackIndex(reader, packed), { fields })) {
      const name = stanza.get("Package");
      const version = stanza.get("Version");
      const architecture = kind === "sources" ? "source" : stanza.get("Architecture");
      if (!isWord(name) || !isWord(version) || !isWord(architecture)) {
        throw damaged(index, path, "a stanza lacks Package, Version or Architecture");
      }
      if (selects && !selects.has(architecture)) continue;
      if (isHeld && !isHeld(stanza)) continue;
      const source = kind === "sources" ? undefined : stanza.get("Source");
      yield { name, version, architecture, ...(source === undefined ? {} : { source }) };
    }
  } catch (error) {
    throw namingIndex(error, packed);
  }
}

/**
 * What {@link readTreePackages} reads of an index, once its file is found to be that of the manifest.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX when none can be read on this machine, or it is damaged
 */
export async function openTreeIndex(
  tree: SealedTree,
  index: TreeIndex,
  reader: IndexReader,
): Promise<ListingIndex> {
  const form = chosenForm(index, reader);
  const { compression, file } = form;
  await checkForm(tree, index, form, reader.signal);
  const { suite, kind } = index;
  const path = join(tree.path, file.path);
  return { suite, kind, path: file.path, file: path, compression, limit: SEALED_LIMIT };
}

/**
 * The form of an index that {@link readTreePackages} reads.
 *
 * @throws SyncError ERR_SYNC_BAD_INDEX when none can be read on this machine
 */
export function chosenForm({ name, forms }: TreeIndex, { unpacker }: IndexReader): IndexForm {
  const form = readableForm(forms, unpacker);
  if (!form) throw unreadableIndex(name, forms);
  return form;
}

/** Says of a stanza whether the tree holds every file of its package. */
function heldBy(tree: SealedTree, { suite, kind }: TreeIndex): (stanza: Stanza) => boolean {
  const paths = new Set<string>();
  for (const file of tree.files()) if (!carriedSince(file)) paths.add(file.path);
  const directory = isFlat(suite) ? suiteDirectory(suite) : "";
  const holds = (written: string) => {
    const path = repositoryPath(written, suite);
    return paths.has(path) || (directory !== "" && paths.has(directory + path));
  };
  return (stanza) => {
    if (kind === "packages") return holds(stanza.get("Filename") ?? "");
    const { directory: written, files } = sourceEntry(stanza);
    return files.every(({ name }) => holds(sourceFilePath(written, name)));
  };
}

async function checkForm(
  tree: SealedTree,
  index: TreeIndex,
  { file: { path, sha256 } }: IndexForm,
  signal: AbortSignal | undefined,
): Promise<void> {
  const directory = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (!realDirectory(tree.path)(directory)) {
    throw damaged(index, path, "reached through something that is no directory");
  }
  let found: string | undefined;
  try {
    const digests = await digestFile(join(tree.path, path), ["sha256"], { signal });
    found = digests.get("sha256");
  } catch (cause) {
    signal?.throwIfAborted();
    throw damaged(index, path, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (found === sha256) return;
  const facts = { expected: sha256, ...(found === undefined ? {} : { found }) };
  throw damaged(index, path, `SHA256 is ${found}, the manifest says ${sha256}`, facts);
}

function isWord(value: string | undefined): value is string {
  return value !== undefined && value !== "" && !/\s/.test(value);
}

function damaged({ suite }: TreeIndex, path: string, what: string, facts: object = {}): SyncError {
  return new SyncError("ERR_SYNC_BAD_INDEX", `${path}: ${what}`, { suite, path, ...facts });
}
