import type { Release } from "@mirror/deb822";
import { type ManifestFile, type SealedTree, SnapshotError } from "@mirror/snapshot";
import { factsOf, type ResignedFacts, type SuiteFacts, type TreeFacts } from "./facts.js";
import { inspectFiles } from "./inspect-files.js";
import { inspectImages } from "./inspect-images.js";
import { inspectIndices } from "./inspect-indices.js";
import { inspectListings } from "./inspect-listings.js";
import { inspectPatches } from "./inspect-patches.js";
import { inspectRelease, judgeDate, upstreamSigned } from "./inspect-release.js";
import { inspectRewritten, ownSigned } from "./inspect-resigned.js";
import { type Inspection, startInspection } from "./inspection.js";
import { inLanes } from "./lanes.js";
import { ownFiles } from "./own-files.js";
import { treeIndices } from "./tree-indices.js";
import type { TreeVerification, VerifyTreeOptions } from "./verification.js";

/** Files that are hashed at the same time: as many as Node reads at the same time. */
const LANES = 4;

/** What there is to verify of a tree whose facts are gone: its files. */
const NO_FACTS: TreeFacts = {
  kind: "apt",
  settings: "",
  suites: [],
  components: [],
  architectures: [],
  sources: false,
  packages: 0,
  topDirectories: [],
  ignoredMissing: [],
};

/**
 * Verifies a sealed tree by its own manifest and its own signed metadata, never by today's
 * configuration. Whatever is wrong with the tree comes back as a value.
 *
 * @throws the reason of the signal; the system's error where this process may not open more
 * @example
 * ```ts
 * const options = { level: "quick", keyring, now: new Date(), unpacker: createUnpacker() };
 * const { problems } = await verifyTree(tree, options);
 * for (const { code, message } of problems) console.error(code, message);
 * ```
 */
export async function verifyTree(
  tree: SealedTree,
  options: VerifyTreeOptions,
): Promise<TreeVerification> {
  const files = new Map<string, ManifestFile>();
  let facts: TreeFacts | undefined;
  let unreadable: SnapshotError | undefined;
  try {
    facts = factsOf(tree);
    for (const file of tree.files()) files.set(file.path, file);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    unreadable = error;
  }
  const inspection = startInspection(tree, facts ?? NO_FACTS, files, options);
  if (unreadable) {
    inspection.passOn(unreadable, "");
    return reportOf(inspection);
  }
  if (!facts) {
    const what = `${tree.generation}: the manifest does not say what the tree was made with`;
    inspection.problem("ERR_SYNC_TREE_NO_FACTS", "", what);
  }
  await inspectFiles(inspection);
  await inspectSuites(inspection);
  if (options.level === "full") await inspectContents(inspection);
  return reportOf(inspection);
}

async function inspectSuites(inspection: Inspection): Promise<void> {
  const { facts, files } = inspection;
  const indices = treeIndices(facts, files.values());
  for (const suite of facts.suites) {
    inspection.options.signal?.throwIfAborted();
    const upstream = await inspectRelease(inspection, upstreamSigned(inspection, suite));
    const whole = suite.resigned ? await inspectOwn(inspection, suite, suite.resigned) : upstream;
    if (!whole) continue;
    judgeDate(inspection, suite.suite, whole);
    const own = indices.filter((index) => index.suite === suite.suite);
    const release = ownFiles(whole, suite, facts.suites, own);
    const sound = await inspectIndices(inspection, suite, release, own);
    if (suite.resigned && upstream) await inspectRewritten(inspection, suite, upstream, sound);
    await inspectPatches(inspection, suite, release);
    await inspectImages(inspection, suite, release);
    await inspectListings(inspection, suite, sound);
  }
}

/** The Release of the mirror's own that clients get. */
async function inspectOwn(
  inspection: Inspection,
  suite: SuiteFacts,
  resigned: ResignedFacts,
): Promise<Release | undefined> {
  const signed = await ownSigned(inspection, suite, resigned);
  return signed && (await inspectRelease(inspection, signed));
}

/** Hashes every file: against the manifest, and against everything that an index lists of it. */
async function inspectContents(inspection: Inspection): Promise<void> {
  const { files, listed, options } = inspection;
  await inLanes(files.values(), LANES, async (file) => {
    options.signal?.throwIfAborted();
    await inspection.hasContent(file, listed.get(file.path) ?? {});
    inspection.fileDone();
  });
}

function reportOf({ options, problems, warnings, groups, files }: Inspection): TreeVerification {
  let bytes = 0;
  for (const { size } of files.values()) bytes += size;
  return { level: options.level, problems, warnings, files: files.size, bytes, groups };
}
