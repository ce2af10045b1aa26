import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodePath, redactUrl } from "@mirror/fetch";
import type { SealedTree } from "@mirror/snapshot";
import type { DocumentName } from "./document-name.js";
import type { SuiteFacts } from "./facts.js";
import { upstreamDocuments } from "./resigned-layout.js";
import type { Run } from "./run.js";
import type { DocumentSeen, SuiteSeen } from "./seen.js";
import { sha256Of } from "./sha256-of.js";
import { suiteDirectory } from "./suite-path.js";

/** One Release file as upstream serves it: untrusted bytes. */
export interface ReleaseDocument extends DocumentSeen {
  readonly body: Uint8Array;
}

/** What one upstream serves for a suite. */
export interface ReleaseDocuments {
  readonly base: string;
  readonly documents: Documents;
}

type Documents = Partial<Record<DocumentName, ReleaseDocument>>;

/** apt's `MaxReleaseFileSize`. */
const MAX_RELEASE_BYTES = 10_000_000;

/** What upstream answers about a suite; `unchanged` is said only of documents named in `known`. */
export type ReleaseAnswer =
  | { readonly status: "changed"; readonly served: ReleaseDocuments }
  | { readonly status: "unchanged"; readonly seen: SuiteSeen }
  | { readonly status: "missing" };

/**
 * Asks one upstream for the Release files of a suite: `InRelease`, and only where that is absent
 * `Release` with `Release.gpg`. With `known`, requests are conditional and the same bytes count as
 * unchanged.
 */
export async function askRelease(
  run: Run,
  base: string,
  suite: string,
  known: SuiteSeen | undefined,
): Promise<ReleaseAnswer> {
  const directory = base + encodePath(suiteDirectory(suite));
  // Validators are the word of the server that sent them.
  const before = known?.base === redactUrl(base) ? known.documents : {};
  const inRelease = await get(run, directory, "InRelease", before.InRelease);
  if (inRelease.status === "missing") {
    // What was known with an InRelease has changed by losing it, whatever the pair says.
    const pairKnown = known?.documents.InRelease ? undefined : known;
    return askPair(run, base, directory, pairKnown, pairKnown ? before : {});
  }
  if (known && inRelease.status === "unchanged") return { status: "unchanged", seen: known };
  const first = named("InRelease", inRelease);
  if (known && sameAs(known, first)) return unchanged(known, base, first);
  const pair = await Promise.all([
    get(run, directory, "Release"),
    get(run, directory, "Release.gpg"),
  ]);
  const documents = { ...first, ...named("Release", pair[0]), ...named("Release.gpg", pair[1]) };
  return { status: "changed", served: { base, documents } };
}

async function askPair(
  run: Run,
  base: string,
  directory: string,
  known: SuiteSeen | undefined,
  before: Readonly<Record<string, DocumentSeen>>,
): Promise<ReleaseAnswer> {
  const pair = await Promise.all([
    get(run, directory, "Release", before.Release),
    get(run, directory, "Release.gpg", before["Release.gpg"]),
  ]);
  if (pair[0].status === "missing") return { status: "missing" };
  if (known && pair.every(({ status }) => status === "unchanged")) {
    return { status: "unchanged", seen: known };
  }
  // Only one of the two changed: the other is needed too, without a condition.
  const [release, signature] = await Promise.all([
    pair[0].status === "unchanged" ? get(run, directory, "Release") : pair[0],
    pair[1].status === "unchanged" ? get(run, directory, "Release.gpg") : pair[1],
  ]);
  const documents = { ...named("Release", release), ...named("Release.gpg", signature) };
  if (!documents.Release) return { status: "missing" };
  return known && sameAs(known, documents)
    ? unchanged(known, base, documents)
    : { status: "changed", served: { base, documents } };
}

/**
 * The Release files of a suite as the published tree holds them, for a suite that upstream did not
 * change while something else did. Undefined when one is not as the tree's facts say.
 */
export function documentsOfTree(
  tree: SealedTree,
  facts: SuiteFacts,
  seen: SuiteSeen,
): ReleaseDocuments | undefined {
  const documents: Documents = {};
  const { directory, documents: signed } = upstreamDocuments(facts);
  for (const [name, sha256] of Object.entries(signed)) {
    try {
      const path = join(tree.path, directory, name);
      // A pipe in its place would be waited for.
      if (!lstatSync(path).isFile()) return undefined;
      const body = readFileSync(path);
      if (sha256Of(body) !== sha256) return undefined;
      // What was served, not what is published, is what upstream will be asked about again.
      const served = seen.documents[name] ?? { sha256 };
      documents[name as DocumentName] = { ...served, body };
    } catch {
      return undefined;
    }
  }
  return { base: seen.base, documents };
}

type Got =
  | { readonly status: "ok"; readonly document: ReleaseDocument }
  | { readonly status: "unchanged" }
  | { readonly status: "missing" };

async function get(
  run: Run,
  directory: string,
  name: DocumentName,
  before?: DocumentSeen,
): Promise<Got> {
  const answer = await run.ports.fetcher.get({
    urls: [directory + name],
    limit: MAX_RELEASE_BYTES,
    ...(before?.etag === undefined ? {} : { etag: before.etag }),
    ...(before?.lastModified === undefined ? {} : { lastModified: before.lastModified }),
    ...(run.signal ? { signal: run.signal } : {}),
  });
  if (answer.status !== "ok") return { status: answer.status };
  const { body, etag, lastModified } = answer;
  return {
    status: "ok",
    document: {
      body,
      sha256: sha256Of(body),
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    },
  };
}

function named<N extends DocumentName>(name: N, got: Got): Partial<Record<N, ReleaseDocument>> {
  return got.status === "ok"
    ? ({ [name]: got.document } as Partial<Record<N, ReleaseDocument>>)
    : {};
}

/** True if these documents, and of an InRelease or of a pair all, have the bytes that are known. */
function sameAs(known: SuiteSeen, documents: Documents): boolean {
  const names = documents.InRelease ? ["InRelease"] : ["Release", "Release.gpg"];
  return names.every(
    (name) => documents[name as DocumentName]?.sha256 === known.documents[name]?.sha256,
  );
}

/** What is known, with the validators that this upstream sent this time. */
function unchanged(known: SuiteSeen, base: string, documents: Documents): ReleaseAnswer {
  const seen = {
    ...known,
    base: redactUrl(base),
    documents: { ...known.documents, ...validators(documents) },
  };
  return { status: "unchanged", seen };
}

/** Documents without their bodies, as the state remembers them. */
export function validators(documents: Documents): Record<string, DocumentSeen> {
  return Object.fromEntries(
    Object.entries(documents).map(([name, { body: _body, ...seen }]) => [name, seen]),
  );
}
