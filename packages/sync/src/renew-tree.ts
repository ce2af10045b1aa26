import { type SealedTree, SnapshotError, type TreeBuilder } from "@mirror/snapshot";
import { checkSigningKey } from "@mirror/verify";
import { buildTree } from "./build-tree.js";
import { contentKey } from "./contents.js";
import { fetchTraces } from "./fetch-traces.js";
import { locateContents } from "./locate-contents.js";
import { type MirrorPlan, prepareMirror } from "./prepare-mirror.js";
import { clearPartial, generationName, type Holder, switchLatest } from "./publish.js";
import type { SyncReport } from "./report.js";
import { poolContents } from "./reuse-contents.js";
import type { Run } from "./run.js";
import type { Admit } from "./store-space.js";
import type { SuiteState } from "./suites.js";
import { changedReport } from "./sync-report.js";
import { treeFacts } from "./tree-facts.js";
import { neededForTree } from "./tree-space.js";
import { writeTraces } from "./write-traces.js";

/** What a new tree is made of, and for whom. */
export interface Renewal {
  readonly latest: SealedTree | undefined;
  readonly suites: readonly SuiteState[];
  readonly started: Date;
  readonly holder: Holder;
  readonly admit: Admit;
}

/** Plans, builds and seals a new tree, and lets `latest` show it. */
export async function renewTree(
  run: Run,
  { latest, suites, started, holder, admit }: Renewal,
): Promise<SyncReport> {
  const { collection } = run.ports;
  // Found out after the downloads, it would cost them again at every run.
  if (run.spec.sign) await checkSigningKey(await run.spec.sign.key(), { now: run.ports.now() });
  const releases = await Promise.all(suites.map((suite) => suite.release()));
  const plan = await prepareMirror(run, releases, latest, collection.paths.partial, admit);
  clearPartial(collection, contentsOf(plan));
  const { tree, built } = await makeTree(run, plan, latest, { started, admit });
  await switchLatest(run, tree, holder);
  return changedReport(run, tree, plan, built, suites, started);
}

/** Builds and seals the planned tree; nothing of it stays when that fails. */
async function makeTree(
  run: Run,
  plan: MirrorPlan,
  latest: SealedTree | undefined,
  { started, admit }: Pick<Renewal, "started" | "admit">,
) {
  const { collection, now } = run.ports;
  const { trace } = run.spec;
  const upstream = trace && (await fetchTraces(run, trace.host, plan.releases));
  const sightings = await locateContents(run, poolContents(run, plan, plan.pool.download));
  await admit(neededForTree(run, plan, sightings));
  const builder = collection.newTree(generationName(now()));
  try {
    const scratch = collection.paths.partial;
    const built = await buildTree(run, plan, builder, latest, { scratch, sightings, admit });
    const traced = { plan, built, started };
    const traces = upstream ? writeTraces(run, builder, trace, upstream, traced) : [];
    run.signal?.throwIfAborted();
    const facts = treeFacts(run, plan, built, traces);
    const tree = await builder.seal({ created: now(), facts });
    return { tree, built };
  } catch (error) {
    discard(builder);
    throw error;
  }
}

/** What made the building fail says more than what keeps its ruins from going; a sweep finds them. */
function discard(builder: TreeBuilder): void {
  try {
    builder.discard();
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
  }
}

/** Every content that the plan needs, by the name that a download of it has. */
function contentsOf({ indices, pool }: MirrorPlan): Set<string> {
  const variants = indices.flatMap(({ variants: held }) => held.map(({ variant }) => variant.file));
  const files = [...pool.download, ...pool.reuse.map(({ wanted }) => wanted)];
  return new Set([...variants, ...files.map(({ digests }) => digests)].map(contentKey));
}
