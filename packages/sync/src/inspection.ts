import type { Digests } from "@mirror/deb822";
import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import { contentCheck } from "./content-check.js";
import type { TreeFacts } from "./facts.js";
import type {
  GroupCount,
  TreeProblem,
  TreeProblemCode,
  TreeWarning,
  VerifyTreeOptions,
} from "./verification.js";

/** What every step of one verification shares: the tree, how to judge it, and what was found. */
export interface Inspection {
  readonly tree: SealedTree;
  readonly facts: TreeFacts;
  readonly files: ReadonlyMap<string, ManifestFile>;
  readonly options: VerifyTreeOptions;
  readonly problems: readonly TreeProblem[];
  readonly warnings: readonly TreeWarning[];
  readonly groups: GroupCount[];
  /** What indices list of each file besides its manifest, kept where files are hashed whole. */
  readonly listed: Map<string, Digests>;
  /** Counts a file as done. */
  fileDone(): void;
  /** Puts a problem of a file down; it is not looked at again. */
  problem(code: TreeProblemCode, path: string, what: string, facts?: ProblemFacts): void;
  /** Puts an error down as a problem of that file, or with an empty path of the tree. */
  passOn(error: Error & { readonly code: TreeProblemCode }, path: string): void;
  /** Whether a problem with this file is known. */
  isBroken(path: string): boolean;
  /** Warns, once of each thing. */
  warn(warning: TreeWarning): void;
  /** Whether the file has the SHA256 of its manifest and all these digests, by hashing it once. */
  hasContent(file: ManifestFile, digests: Digests): Promise<boolean>;
}

type ProblemFacts = Pick<TreeProblem, "expected" | "found">;

/** How often progress is told, in ms. */
const TELL_EVERY = 100;

/** Begins a verification. */
export function startInspection(
  tree: SealedTree,
  facts: TreeFacts,
  files: ReadonlyMap<string, ManifestFile>,
  options: VerifyTreeOptions,
): Inspection {
  const problems: TreeProblem[] = [];
  const warnings: TreeWarning[] = [];
  const broken = new Set<string>();
  const sound = new Set<string>();
  const progress = startProgress(files, options);
  const { signal, cache, digester } = options;
  const reading = { signal, onBytes: progress.bytes, cache, digester };
  const faultOf = contentCheck(tree.path, reading);

  const put = (problem: TreeProblem) => {
    broken.add(problem.path);
    problems.push(problem);
  };
  const problem: Inspection["problem"] = (code, path, what, found = {}) =>
    put({ code, path, ...found, message: path === "" ? what : `${path}: ${what}` });
  return {
    tree,
    facts,
    files,
    options,
    problems,
    warnings,
    groups: [],
    listed: new Map(),
    fileDone: progress.file,
    problem,
    passOn: ({ code, message }, path) => put({ code, path, message }),
    isBroken: (path) => broken.has(path),
    warn(warning) {
      const same = ({ code, suite, path }: TreeWarning) =>
        code === warning.code && suite === warning.suite && path === warning.path;
      if (!warnings.some(same)) warnings.push(warning);
    },
    async hasContent(file, digests) {
      const { path } = file;
      if (broken.has(path)) return false;
      if (sound.has(path)) return true;
      const fault = await faultOf(file, digests);
      if (!fault) sound.add(path);
      else {
        const { code, what, ...found } = fault;
        problem(code, path, what, found);
      }
      return !fault;
    },
  };
}

function startProgress(
  files: ReadonlyMap<string, ManifestFile>,
  { level, onProgress }: VerifyTreeOptions,
) {
  let size = 0;
  if (level === "full") for (const file of files.values()) size += file.size;
  const work = { files: files.size, bytes: size };
  const done = { files: 0, bytes: 0 };
  let told = 0;
  const tell = () => {
    const now = performance.now();
    if (now - told < TELL_EVERY && done.files < work.files) return;
    told = now;
    onProgress?.({ done: { ...done }, work });
  };
  return {
    file() {
      done.files += 1;
      tell();
    },
    bytes(count: number) {
      if (level !== "full") return;
      done.bytes += count;
      tell();
    },
  };
}
