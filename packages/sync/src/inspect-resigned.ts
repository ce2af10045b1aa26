import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Release } from "@mirror/deb822";
import { readKeyring, VerifyError } from "@mirror/verify";
import { SyncError } from "./error.js";
import { indicesOf, type ResignedFacts, type SuiteFacts } from "./facts.js";
import type { ListingIndex } from "./index-entries.js";
import type { SoundIndex } from "./inspect-indices.js";
import { readDocument, type SignedDocuments } from "./inspect-release.js";
import type { Inspection } from "./inspection.js";
import { listedPath } from "./plan-indices.js";
import { readStanzaFiles } from "./read-stanza-files.js";
import { PUBLIC_KEY } from "./resigned-layout.js";
import { readableForm, UNLISTED_LIMIT } from "./unpack-index.js";

/**
 * The Release files of the mirror's own, with the key that lies beside them: it is the one that
 * signed when the tree was made, whatever key signs today. Undefined where that is not there.
 */
export async function ownSigned(
  inspection: Inspection,
  { suite, directory, documents }: SuiteFacts,
  { by, date }: ResignedFacts,
): Promise<SignedDocuments | undefined> {
  const path = directory + PUBLIC_KEY;
  const recorded = inspection.files.get(path);
  if (!recorded) {
    const what = "the manifest does not hold the key that the Release is signed with";
    inspection.problem("ERR_SYNC_TREE_NOT_IN_MANIFEST", path, what);
    return undefined;
  }
  if (inspection.isBroken(path) || !(await inspection.hasContent(recorded, {}))) return undefined;
  const bytes = readDocument(inspection, path, recorded.size);
  if (!bytes) return undefined;
  try {
    const keyring = await readKeyring([{ name: path, bytes, named: true }]);
    return { suite, directory, documents, verified: date, keyring, fingerprints: [by] };
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    inspection.passOn(error, path);
    return undefined;
  }
}

/**
 * Looks whether every stanza of the rewritten indices is one of upstream's, in upstream's order, and
 * whether upstream's Release lists what they were made of.
 */
export async function inspectRewritten(
  inspection: Inspection,
  suite: SuiteFacts,
  upstream: Release,
  indices: readonly SoundIndex[],
): Promise<void> {
  const facts = new Map((indicesOf(suite) ?? []).map((index) => [index.name, index]));
  const listed = new Map(
    [...upstream.files.values()].map((file) => [suite.directory + listedPath(file.path), file]),
  );
  for (const { index, forms, unpacked } of indices) {
    const original = facts.get(index.name)?.rewritten?.original;
    if (!original) continue;
    const { path, compression } = original;
    const recorded = inspection.files.get(path);
    const signed = listed.get(compression === "" ? index.name : `${index.name}.${compression}`);
    if (!recorded || signed?.sha256 !== recorded.sha256 || signed.size !== recorded.size) {
      const what = `upstream's Release of ${suite.suite} does not list it as ${index.name}`;
      inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", path, what);
      continue;
    }
    const form = readableForm(forms, inspection.options.unpacker);
    if (!form || inspection.isBroken(path)) continue;
    const at = (file: string, compression: string, limit: number): ListingIndex => ({
      suite: suite.suite,
      kind: index.kind,
      path: file,
      file: join(inspection.tree.path, file),
      compression,
      limit,
    });
    const limit = listed.get(index.name)?.size ?? UNLISTED_LIMIT;
    const rewritten = at(form.file.path, form.compression, unpacked ?? UNLISTED_LIMIT);
    await compareStanzas(inspection, rewritten, at(path, compression, limit));
  }
}

/** Each stanza of the one must be in the other, behind the one before. */
async function compareStanzas(
  inspection: Inspection,
  rewritten: ListingIndex,
  original: ListingIndex,
): Promise<void> {
  const theirs = readStanzaFiles(inspection.options, original);
  try {
    for await (const { bytes, files } of readStanzaFiles(inspection.options, rewritten)) {
      const wanted = digestOf(bytes);
      let isTheirs = false;
      while (!isTheirs) {
        const next = await theirs.next();
        if (next.done) break;
        isTheirs = digestOf(next.value.bytes) === wanted;
      }
      if (isTheirs) continue;
      const what = `what it says of ${files[0]?.path} is not what upstream signed`;
      inspection.problem("ERR_SYNC_TREE_NOT_AS_LISTED", rewritten.path, what);
      return;
    }
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    inspection.passOn(error, rewritten.path);
  } finally {
    await theirs.return(undefined);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}
