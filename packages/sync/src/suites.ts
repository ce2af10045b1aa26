import { redactUrl } from "@mirror/fetch";
import type { SealedTree } from "@mirror/snapshot";
import { SyncError } from "./error.js";
import { suiteFactsOf } from "./facts.js";
import { judgeFreshness, rollback, tolerateOlder } from "./freshness.js";
import { isFrozen } from "./frozen.js";
import type { PublishedDocument, SuiteRelease } from "./release.js";
import { askRelease, documentsOfTree, validators } from "./release-documents.js";
import { identityOf } from "./release-identity.js";
import type { Run } from "./run.js";
import { type Seen, type SuiteSeen, seenOf } from "./seen.js";

/** What upstream shows for one suite, judged. */
export interface SuiteState {
  readonly suite: string;
  /** False when the tree that `latest` shows already holds this Release. */
  readonly changed: boolean;
  /** What to remember. */
  readonly seen: SuiteSeen;
  /** The Release to publish; read from the tree on demand when upstream did not change it. */
  release(): Promise<SuiteRelease>;
}

/**
 * Asks upstream about every suite that is not frozen: one conditional request each where the tree is
 * up to date.
 *
 * @throws SyncError ERR_SYNC_NO_RELEASE, ERR_SYNC_FROZEN_NOT_HELD, and what verification, freshness and the network throw
 */
export async function readSuites(
  run: Run,
  latest: SealedTree | undefined,
  seen: Seen | undefined,
): Promise<readonly SuiteState[]> {
  const states = await Promise.all(
    run.spec.suites.map(async (suite) => {
      const known = seenOf(seen, latest, suite);
      if (!isFrozen(run.spec, suite)) return await readSuite(run, suite, latest, known);
      const { frozenSuite } = await import("./frozen-suite.js");
      return await frozenSuite(run, suite, latest, known);
    }),
  );
  return states;
}

/** True if upstream shows another Release of any suite than it did when these were read. */
export async function upstreamMoved(run: Run, suites: readonly SuiteState[]): Promise<boolean> {
  if (run.signal?.aborted) return false;
  try {
    const asked = suites.filter(({ suite }) => !isFrozen(run.spec, suite));
    const answers = await Promise.all(
      asked.map(({ suite, seen }) => askRelease(run, baseOf(run, seen), suite, seen)),
    );
    return answers.some(({ status }) => status === "changed");
  } catch {
    // What made the sync fail says more than a server that does not answer now.
    return false;
  }
}

/**
 * @throws SyncError ERR_SYNC_SAME_RELEASE_TWICE when two suites show the same signed text: one of
 * them is a replay of the other, or a second name of the same suite
 */
export function refuseTwins(releases: readonly SuiteRelease[]): void {
  const byText = new Map<string, string>();
  for (const { suite, signed } of releases) {
    const twin = byText.get(signed.text);
    if (twin !== undefined) {
      throw new SyncError(
        "ERR_SYNC_SAME_RELEASE_TWICE",
        `${twin} and ${suite}: upstream shows the same Release for both suites`,
        { suite, found: twin },
      );
    }
    byText.set(signed.text, suite);
  }
}

/** The Release files that this run fetched; those of the other suites come from the present tree. */
export function newDocuments(
  suites: readonly SuiteState[],
  releases: readonly SuiteRelease[],
): PublishedDocument[] {
  const changed = new Set(suites.filter((state) => state.changed).map(({ suite }) => suite));
  return releases.flatMap(({ suite, published }) => (changed.has(suite) ? published : []));
}

async function readSuite(
  run: Run,
  suite: string,
  latest: SealedTree | undefined,
  seen: SuiteSeen | undefined,
): Promise<SuiteState> {
  run.emit({ type: "release-requested", suite });
  const known = publishedAsSeen(latest, suite, seen) ? seen : undefined;
  let failure: unknown;
  let older = false;
  for (const base of run.spec.urls) {
    try {
      const answer = await askRelease(run, base, suite, known);
      if (answer.status === "missing") continue;
      if (answer.status === "unchanged" && latest && known) {
        const { olderSince: _ended, ...current } = answer.seen;
        return unchanged(run, suite, latest, current);
      }
      if (answer.status !== "changed") continue;
      // What verifies and parses is loaded for what is new: most runs find nothing.
      const { readRelease } = await import("./release.js");
      const release = await readRelease(run, suite, answer.served);
      const { spec, ports } = run;
      const verdict = judgeFreshness(suite, release.release, seen, spec.freshness, ports.now());
      if (!verdict.older) {
        for (const remark of verdict.remarks) run.warn("WARN_SYNC_RELEASE_INFO", remark);
        const remembered = remember(release);
        return { suite, changed: true, seen: remembered, release: async () => release };
      }
      older = true;
    } catch (error) {
      if (run.signal?.aborted) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  if (older && seen) return stayNewer(run, suite, latest, known, seen);
  throw new SyncError(
    "ERR_SYNC_NO_RELEASE",
    `${suite}: no Release file at ${run.spec.urls.map(redactUrl).join(", ")}, expected InRelease or Release`,
    { suite },
  );
}

/** Every upstream shows an older Release than the one published: what is published stays. */
function stayNewer(
  run: Run,
  suite: string,
  latest: SealedTree | undefined,
  known: SuiteSeen | undefined,
  seen: SuiteSeen,
): SuiteState {
  if (!latest || !known) throw rollback(suite, seen);
  const tolerated = tolerateOlder(suite, seen, run.ports.now());
  run.warn(
    "WARN_SYNC_ROLLBACK",
    `${suite}: upstream shows an older Release than the one of ${seen.date}; the newer one stays`,
  );
  return unchanged(run, suite, latest, tolerated);
}

function unchanged(run: Run, suite: string, latest: SealedTree, seen: SuiteSeen): SuiteState {
  return {
    suite,
    changed: false,
    seen,
    async release() {
      const facts = suiteFactsOf(latest, suite);
      const held = facts && documentsOfTree(latest, facts, seen);
      const served = held ?? (await fetchAgain(run, suite, seen));
      const { readRelease } = await import("./release.js");
      const release = await readRelease(run, suite, served);
      const { freshness } = run.spec;
      const verdict = judgeFreshness(suite, release.release, seen, freshness, run.ports.now());
      // Fetched in place of a damaged copy, it could be any that upstream ever signed.
      if (verdict.older) throw rollback(suite, seen);
      return release;
    },
  };
}

/** The tree's own copy is damaged: upstream has the same Release still. */
async function fetchAgain(run: Run, suite: string, seen: SuiteSeen) {
  const answer = await askRelease(run, baseOf(run, seen), suite, undefined);
  if (answer.status === "changed") return answer.served;
  throw new SyncError("ERR_SYNC_NO_RELEASE", `${suite}: its Release files have gone`, { suite });
}

/** The configured URL that served what was seen, or the first one. */
function baseOf(run: Run, seen: SuiteSeen): string {
  const { urls } = run.spec;
  const [first = ""] = urls;
  return urls.find((url) => redactUrl(url) === seen.base) ?? first;
}

/** True if the tree holds exactly the documents that upstream was last seen to serve. */
function publishedAsSeen(
  latest: SealedTree | undefined,
  suite: string,
  seen: SuiteSeen | undefined,
): boolean {
  const facts = suiteFactsOf(latest, suite);
  if (!facts || !seen) return false;
  const names = Object.keys(facts.upstream);
  return (
    names.length > 0 && names.every((name) => facts.upstream[name] === seen.documents[name]?.sha256)
  );
}

function remember({ release, served }: SuiteRelease): SuiteSeen {
  return {
    ...identityOf(release),
    base: redactUrl(served.base),
    documents: validators(served.documents),
  };
}
