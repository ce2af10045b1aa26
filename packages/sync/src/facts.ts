import type { SealedTree } from "@mirror/snapshot";
import type { Amount } from "./events.js";
import type { FilterFacts } from "./filter-report.js";
import { type NamedIndex, namedIndex } from "./index-group.js";
import type { LeftOut } from "./listing-tally.js";
import type { ReleaseIdentity } from "./release-identity.js";

/**
 * What a tree was made with, kept in its manifest: everything that later steps need to judge the
 * tree by itself, never by today's configuration.
 */
export interface TreeFacts {
  readonly kind: "apt";
  /** Digest of the settings that decided the content. */
  readonly settings: string;
  /** Digest of those of the settings that chose the files; absent in trees of before it was noted. */
  readonly scope?: string;
  readonly suites: readonly SuiteFacts[];
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly sources: boolean;
  /** Package and source stanzas of the indices, less what filters left out. */
  readonly packages: number;
  /** Directories at the root of the tree, each with a link of its own beside `latest`. */
  readonly topDirectories: readonly string[];
  /** Files that upstream lacks and `ignoreMissing` allowed to be absent. */
  readonly ignoredMissing: readonly string[];
  /** Only where filters left packages out. */
  readonly filters?: FilterFacts;
  /** Paths of its trace files, which nothing signs; absent where it has none. */
  readonly traces?: readonly string[];
  /** What of the tree has left upstream; in the manifest these files have a mark `left:` each. */
  readonly carried?: Amount;
}

/** One suite of a tree. */
export interface SuiteFacts {
  readonly suite: string;
  /** Where the Release files lie, relative to the tree, ending in `/` or empty. */
  readonly directory: string;
  readonly release: ReleaseIdentity;
  /** ISO 8601: until when the published Release is valid. */
  readonly validUntil?: string;
  /** Published Release files by name (`InRelease`, `Release`, `Release.gpg`), with their SHA256. */
  readonly documents: Readonly<Record<string, string>>;
  /** SHA256 of every document as upstream served it, published or not. */
  readonly upstream: Readonly<Record<string, string>>;
  /** Primary keys of upstream's signatures, upper-case hex. */
  readonly signedBy: readonly string[];
  /** When the signature was checked, ISO 8601. */
  readonly verified?: string;
  /** Only where clients get a Release of the mirror's own in place of upstream's. */
  readonly resigned?: ResignedFacts;
  /** The suite was frozen, and lacks an index that the settings asked for. */
  readonly lacksIndices?: true;
  /** The Packages and Sources of the suite; absent in trees of before these were noted. */
  readonly indices?: readonly IndexFacts[];
}

/** The mirror's own signature on a suite, and upstream's Release that it stands for. */
export interface ResignedFacts {
  /** Primary key, upper-case hex. */
  readonly by: string;
  /** ISO 8601: `Date` of the published Release. */
  readonly date: string;
  /** Upstream's Release files in `upstream/` beside the published ones, with their SHA256. */
  readonly upstreamDocuments: Readonly<Record<string, string>>;
  /** ISO 8601: until when upstream's Release is valid. */
  readonly upstreamValidUntil?: string;
}

/** An index of which clients get only the stanzas whose files the tree holds. */
export interface RewrittenFacts {
  /** SHA256 of its text. */
  readonly sha256: string;
  /** Where upstream's form of it lies in the tree. */
  readonly original: { readonly path: string; readonly compression: string };
  /** The files that upstream's form lists and filters left out. */
  readonly leftOut?: LeftOut;
}

/** An index that lists packages, as a tree holds it. */
export interface IndexFacts extends NamedIndex {
  /** Its path in the tree, without compression ending. */
  readonly name: string;
  /**
   * Package or source stanzas that count: of a flat suite those of the architectures selected, and
   * with filters those of which the tree holds every file.
   */
  readonly stanzas: number;
  /** The files that it lists and filters left out. */
  readonly leftOut?: LeftOut;
  /** Only where it lists less than upstream's. */
  readonly rewritten?: RewrittenFacts;
}

/** What a tree's facts say of one suite. */
export function suiteFactsOf(tree: SealedTree | undefined, suite: string): SuiteFacts | undefined {
  return tree && factsOf(tree)?.suites.find((candidate) => candidate.suite === suite);
}

/** The indices that a suite's facts name; undefined where they name none, and for garbage. */
export function indicesOf({ directory, indices }: SuiteFacts): readonly IndexFacts[] | undefined {
  const whole =
    Array.isArray(indices) &&
    indices.every((index: Partial<IndexFacts> | null) => isIndexOf(directory, index));
  return whole ? indices : undefined;
}

function isIndexOf(directory: string, index: Partial<IndexFacts> | null): boolean {
  if (typeof index?.name !== "string" || !Number.isSafeInteger(index.stanzas)) return false;
  if (!index.name.startsWith(directory)) return false;
  if (index.leftOut !== undefined && typeof index.leftOut?.sha256 !== "string") return false;
  if (index.rewritten && typeof index.rewritten.original?.path !== "string") return false;
  // Kind, component and architecture follow from the place: a record that differs is none of ours.
  const named = namedIndex(index.name.slice(directory.length));
  return (
    named !== undefined &&
    index.kind === named.kind &&
    index.component === named.component &&
    index.architecture === named.architecture
  );
}

/** The facts of a tree that this engine made; undefined for any other, and for garbage. */
export function factsOf(tree: SealedTree): TreeFacts | undefined {
  const facts = tree.header().facts as Partial<TreeFacts> | null;
  const whole =
    facts?.kind === "apt" &&
    Array.isArray(facts.suites) &&
    Array.isArray(facts.topDirectories) &&
    Array.isArray(facts.components) &&
    Array.isArray(facts.architectures) &&
    Array.isArray(facts.ignoredMissing) &&
    facts.suites.every(
      (suite: Partial<SuiteFacts> | null) =>
        typeof suite?.suite === "string" &&
        typeof suite.directory === "string" &&
        suite.release &&
        suite.documents &&
        suite.upstream &&
        suite.signedBy,
    );
  return whole ? (facts as TreeFacts) : undefined;
}
