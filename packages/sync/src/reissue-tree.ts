import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Release } from "@mirror/deb822";
import {
  type Collection,
  type ManifestFile,
  type SealedTree,
  SnapshotError,
  type TreeBuilder,
} from "@mirror/snapshot";
import { armorPublicKey, checkSigningKey, type SigningKey } from "@mirror/verify";
import { SyncError } from "./error.js";
import { factsOf, type ResignedFacts, type SuiteFacts, suiteFactsOf } from "./facts.js";
import { noteIssued, readIssued } from "./issued.js";
import { byHashPaths } from "./plan-indices.js";
import { generationName } from "./publish.js";
import { releaseOf } from "./release.js";
import { releaseTerm } from "./release-term.js";
import { PUBLIC_KEY } from "./resigned-layout.js";
import { formatResignedRelease, type ResignedFile } from "./resigned-release.js";
import { sha256Of } from "./sha256-of.js";
import type { Sign } from "./spec.js";
import { acceptDocumentsUnverified } from "./verify-documents.js";
import { writeSignedRelease } from "./write-signed-release.js";

/** Where a tree is issued anew, and when. */
export interface ReissueOptions {
  /** The caller holds its `store` lock, and removes the tree once a snapshot of it is taken. */
  readonly collection: Collection;
  readonly sign: Sign;
  readonly now: Date;
  /** What clients have seen: no Date is older than its Dates. */
  readonly seen?: SealedTree | undefined;
}

/** A suite that the mirror itself has signed. */
type OwnSuite = SuiteFacts & { readonly resigned: ResignedFacts };

/**
 * Makes a tree of the same files as another one, but for Release files with a new Date, so that
 * clients follow it although they have seen newer ones.
 *
 * @throws SyncError ERR_SYNC_NOT_RESIGNED for a tree that has Release files of upstream's,
 * ERR_SYNC_BAD_RELEASE where one is damaged; VerifyError ERR_VERIFY_SIGNING_KEY_*
 */
export async function reissueTree(
  tree: SealedTree,
  { collection, sign, now, seen }: ReissueOptions,
): Promise<SealedTree> {
  const facts = factsOf(tree);
  const suites = (facts?.suites ?? []).map((suite) => ownSuite(tree, suite));
  const key = await sign.key();
  const issued = readIssued(collection);
  const builder = collection.newTree(generationName(now));
  try {
    const written = new Set(suites.flatMap(documentPaths));
    if (suites.some(({ resigned }) => resigned.by !== key.fingerprint))
      for (const { directory } of suites) written.add(directory + PUBLIC_KEY);
    for (const file of tree.files()) if (!written.has(file.path)) place(builder, tree, file);
    const reissued: SuiteFacts[] = [];
    for (const suite of suites) {
      const shown = suiteFactsOf(seen, suite.suite)?.resigned?.date;
      const known = [suite.resigned.date, shown, issued[suite.suite]];
      const term = releaseTerm(now, known, sign.validFor);
      const release = readOwnRelease(tree, suite);
      const text = formatResignedRelease(suite.suite, release, {
        ...term,
        components: [],
        architectures: [],
        byHash: release.acquireByHash,
        files: listedFiles(release, suite, key, builder, now),
      });
      // As the Date, it is later than that of any before: clients ask what changed since then.
      const time = () => term.date.getTime();
      const documents = await writeSignedRelease(text, key, term, builder, suite.directory, time);
      const { validUntil: _before, ...same } = suite;
      reissued.push({
        ...same,
        documents,
        ...(term.validUntil ? { validUntil: term.validUntil.toISOString() } : {}),
        resigned: { ...suite.resigned, by: key.fingerprint, date: term.date.toISOString() },
      });
    }
    const sealed = await builder.seal({ created: now, facts: { ...facts, suites: reissued } });
    noteIssued(collection, sealed);
    return sealed;
  } catch (error) {
    builder.discard();
    throw error;
  }
}

/**
 * Looks whether {@link reissueTree} can do its work, without a write.
 *
 * @throws SyncError ERR_SYNC_NOT_RESIGNED; VerifyError ERR_VERIFY_SIGNING_KEY_*
 */
export async function checkReissue(tree: SealedTree, sign: Sign, now: Date): Promise<void> {
  for (const suite of factsOf(tree)?.suites ?? []) ownSuite(tree, suite);
  await checkSigningKey(await sign.key(), { now });
}

function ownSuite(tree: SealedTree, { resigned, ...suite }: SuiteFacts): OwnSuite {
  if (resigned) return { ...suite, resigned };
  throw new SyncError(
    "ERR_SYNC_NOT_RESIGNED",
    `${tree.generation}: upstream signed the Release of ${suite.suite}, and nobody else can issue it anew`,
    { suite: suite.suite },
  );
}

function documentPaths({ directory, documents }: OwnSuite): string[] {
  return Object.keys(documents).map((name) => directory + name);
}

/** Snapshots may lie on another file system than trees. */
function place(builder: TreeBuilder, tree: SealedTree, file: ManifestFile): void {
  const source = join(tree.path, file.path);
  try {
    builder.link(source, file);
  } catch (error) {
    if (!(error instanceof SnapshotError) || error.found !== "EXDEV") throw error;
    builder.copy(source, file);
  }
}

/** The Release as it was signed when the tree was made, byte for byte by its manifest. */
function readOwnRelease(tree: SealedTree, { suite, directory, documents }: OwnSuite): Release {
  const path = `${directory}Release`;
  const body = readFileSync(join(tree.path, path));
  const sha256 = sha256Of(body);
  if (sha256 !== documents.Release) {
    const facts = { suite, path, expected: documents.Release ?? "", found: sha256 };
    throw new SyncError("ERR_SYNC_BAD_RELEASE", `${path}: not as it was signed`, facts);
  }
  return releaseOf(suite, acceptDocumentsUnverified(suite, { Release: body }));
}

/** The same files, with the public key of the one who signs now. */
function listedFiles(
  { files, acquireByHash }: Release,
  { directory, resigned }: OwnSuite,
  key: SigningKey,
  builder: TreeBuilder,
  now: Date,
): ResignedFile[] {
  const listed = [...files.values()].map(({ path, size, sha256 = "" }) => ({ path, size, sha256 }));
  if (resigned.by === key.fingerprint) return listed;
  const path = directory + PUBLIC_KEY;
  const { size, sha256 } = builder.write(path, armorPublicKey(key), now);
  const names = acquireByHash ? byHashPaths(path, { path, size, sha256 }) : [];
  for (const name of names) if (!builder.has(name)) builder.alias(path, name);
  return listed.map((file) => (file.path === PUBLIC_KEY ? { ...file, size, sha256 } : file));
}
