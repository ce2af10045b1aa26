import { realpath } from "node:fs/promises";
import { openExhibit } from "./exhibit.js";
import { judgePresence, unpackIndices, type WantedIndices } from "./indices.js";
import { judgeListings } from "./listings.js";
import { judgePool } from "./pool.js";
import { judgeListed, judgeRelease } from "./release.js";
import { openSignatureJudge } from "./signature.js";

/** What a published tree must hold. */
export interface JudgeOptions {
  /** A keyring file, or its bytes; armored or binary. False leaves the signatures out. */
  readonly keyring: string | Uint8Array | false;
  readonly suites: readonly string[];
  /** Needed unless all suites are flat. */
  readonly components?: readonly string[];
  readonly architectures?: readonly string[];
  /** Sources too. */
  readonly sources?: boolean;
  /** Whether announced by-hash files must be there, true by default. */
  readonly byHash?: boolean;
  /** Whether every index that Release lists must be there in some form, of whatever kind, component and architecture. */
  readonly whole?: boolean;
  /** Names what may be missing (filtered out, or missing upstream): a path below the tree. */
  readonly excused?: (path: string) => boolean;
}

/** What was found. */
export interface Verdict {
  /** Every break of the rules, one sentence each; empty: the tree is complete and authentic. */
  readonly violations: readonly string[];
  /** Files that no signed file accounts for, e.g. carried by-hash files; not a break of the rules. */
  readonly extra: readonly string[];
  /** What could not be judged, or is not offered. */
  readonly notes: readonly string[];
  /** What judged the signatures. */
  readonly verifier: "gpgv" | "openpgp.js" | "none";
  /** Suites, index files of Release lists that are present, and distinct pool files that are named. */
  readonly suites: number;
  readonly indices: number;
  readonly files: number;
}

/**
 * Judges a published tree by its own signed files, independently of who made it: signatures (by gpgv), every present index by size, hashes, unpacked form and by-hash names, every named file (patches and installer images too) by size and hashes, file types and modes.
 * Freshness (Date, Valid-Until) is not judged.
 *
 * @param tree a directory, or a pointer to one
 * @example
 * ```ts
 * const verdict = await judgeMirror(`${dir}/debian/latest`, {
 *   keyring: key.binaryPublic, suites: ["stable"], components: ["main"], architectures: ["amd64"],
 * });
 * expect(verdict.violations).toEqual([]);
 * ```
 */
export async function judgeMirror(tree: string, options: JudgeOptions): Promise<Verdict> {
  let root: string;
  try {
    root = await realpath(tree);
  } catch {
    const violations = [`${tree}: does not resolve`];
    return { violations, extra: [], notes: [], verifier: "none", suites: 0, indices: 0, files: 0 };
  }
  const exhibit = await openExhibit(root);
  const signatures =
    options.keyring === false ? undefined : await openSignatureJudge(options.keyring);
  const wanted: WantedIndices = {
    components: options.components ?? [],
    architectures: options.architectures ?? [],
    sources: options.sources ?? false,
    whole: options.whole ?? false,
    excused: options.excused ?? (() => false),
  };
  const named = new Set<string>();
  let suites = 0;
  let indices = 0;
  try {
    for (const suite of options.suites) {
      const release = await judgeRelease(exhibit, suite, options.suites, signatures);
      if (release === undefined) {
        continue;
      }
      suites += 1;
      const present = [...release.listed.keys()].filter((name) =>
        exhibit.files.has(release.prefix + name),
      );
      indices += present.length;
      await judgeListed(exhibit, release, options.byHash ?? true);
      judgePresence(exhibit, release, wanted);
      const texts = await unpackIndices(exhibit, release);
      await judgeListings(exhibit, release, wanted.excused);
      for (const path of await judgePool(exhibit, release, texts, wanted.excused)) {
        named.add(path);
      }
    }
  } finally {
    await signatures?.close();
  }
  return {
    violations: exhibit.violations,
    extra: [...exhibit.files.keys()].filter((path) => !exhibit.claimed.has(path)).sort(),
    notes: exhibit.notes,
    verifier: signatures?.verifier ?? "none",
    suites,
    indices,
    files: named.size,
  };
}
