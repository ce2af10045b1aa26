import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encodePath } from "@mirror/fetch";
import type { SealedTree } from "@mirror/snapshot";
import type { SuiteFacts } from "./facts.js";
import type { Run } from "./run.js";
import type { DocumentSeen, SuiteSeen } from "./seen.js";
import { suiteDirectory } from "./suite-path.js";

/** The files that make a suite's Release known: the first alone, or the other two together. */
export type DocumentName = "InRelease" | "Release" | "Release.gpg";

/** One Release file as upstream serves it: untrusted bytes. */
export interface ReleaseDocument extends DocumentSeen {
  readonly body: Uint8Array;
}

/** What one upstream serves for a suite. */
export interface ReleaseDocuments {
  readonly base: string;
  readonly documents: Partial<Record<DocumentName, ReleaseDocument>>;
}

/** apt's `MaxReleaseFileSize`. */
const MAX_RELEASE_BYTES = 10_000_000;

/** What upstream answers about a suite; `unchanged` is said only of documents named in `known`. */
export type ReleaseAnswer =
  | { readonly status: "changed"; readonly served: ReleaseDocuments }
  | { readonly status: "unchanged"; readonly seen: SuiteSeen }
  | { readonly status: "missing" };

/**
 * Asks one upstream for the Release files of a suite: `InRelease`, and only where that is absent
 * `Release` with `Release.gpg`. With `known`, the request is conditional and an answer with the
 * same bytes counts as unchanged.
 */
export async function askRelease(
  run: Run,
  base: string,
  suite: string,
  known: SuiteSeen | undefined,
): Promise<ReleaseAnswer> {
  const directory = base + encodePath(suiteDirectory(suite));
  const seen = known?.base === base ? known.documents : {};
  const ask = (name: DocumentName, before = seen[name]) => get(run, directory, name, before);

  const inRelease = await ask("InRelease");
  if (inRelease.status !== "missing") {
    if (inRelease.status === "unchanged" && known) return { status: "unchanged", seen: known };
    if (inRelease.status === "ok" && known && sameBytes(inRelease.document, known, "InRelease")) {
      return {
        status: "unchanged",
        seen: refreshed(known, base, { InRelease: inRelease.document }),
      };
    }
    if (inRelease.status === "ok") {
      const [release, signature] = await Promise.all([
        get(run, directory, "Release"),
        get(run, directory, "Release.gpg"),
      ]);
      return {
        status: "changed",
        served: {
          base,
          documents: {
            InRelease: inRelease.document,
            ...named("Release", release),
            ...named("Release.gpg", signature),
          },
        },
      };
    }
  }

  const pair = await Promise.all([ask("Release"), ask("Release.gpg")]);
  if (pair[0].status === "missing") return { status: "missing" };
  if (known && pair.every((answer) => answer.status === "unchanged")) {
    return { status: "unchanged", seen: known };
  }
  // One of the two changed: both are needed, and a second look must not be conditional.
  const [release, signature] = await Promise.all([
    pair[0].status === "ok" ? pair[0] : get(run, directory, "Release"),
    pair[1].status === "unchanged" ? get(run, directory, "Release.gpg") : pair[1],
  ]);
  const documents = { ...named("Release", release), ...named("Release.gpg", signature) };
  if (!documents.Release) return { status: "missing" };
  const same =
    known &&
    (["Release", "Release.gpg"] as const).every(
      (name) => documents[name]?.sha256 === known.documents[name]?.sha256,
    );
  return same
    ? { status: "unchanged", seen: refreshed(known, base, documents) }
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
  const documents: Partial<Record<DocumentName, ReleaseDocument>> = {};
  for (const [name, sha256] of Object.entries(facts.documents)) {
    try {
      const body = readFileSync(join(tree.path, facts.directory, name));
      if (digest(body) !== sha256) return undefined;
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
      sha256: digest(body),
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

function sameBytes(document: ReleaseDocument, known: SuiteSeen, name: DocumentName): boolean {
  return known.documents[name]?.sha256 === document.sha256;
}

/** What is known, with the validators that this upstream sent this time. */
function refreshed(
  known: SuiteSeen,
  base: string,
  documents: Partial<Record<DocumentName, ReleaseDocument>>,
): SuiteSeen {
  return { ...known, base, documents: { ...known.documents, ...validators(documents) } };
}

/** Documents without their bodies, as the state remembers them. */
export function validators(
  documents: Partial<Record<DocumentName, ReleaseDocument>>,
): Record<string, DocumentSeen> {
  return Object.fromEntries(
    Object.entries(documents).map(([name, { body: _body, ...seen }]) => [name, seen]),
  );
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
