import type { SealedTree, TreeBuilder } from "@mirror/snapshot";
import { armorPublicKey, type SigningKey } from "@mirror/verify";
import { agree } from "./contents.js";
import { distinctTime } from "./distinct-time.js";
import type { RewrittenFacts } from "./facts.js";
import type { HeldIndex } from "./indices.js";
import { linkIfIntact, type Placer } from "./placer.js";
import { byHashPaths } from "./plan-indices.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import { writeDocuments } from "./publish-verbatim.js";
import type { SuiteRelease } from "./release.js";
import { originalPath, PUBLIC_KEY, upstreamDirectory } from "./resigned-layout.js";
import type { ResignedFile } from "./resigned-release.js";
import type { HoldsFile } from "./rewrite-index.js";
import { type RewrittenForms, rewriteIndices } from "./rewrite-indices.js";
import { rewrites } from "./rewrites.js";
import type { Run } from "./run.js";
import { sha256Of } from "./sha256-of.js";
import { type SignedSuite, signSuite } from "./sign-suite.js";
import type { Sign } from "./spec.js";

/** A suite of which clients get the mirror's own Release, as the facts of its tree have it. */
export interface ResignedSuite extends SignedSuite {
  /** What became of the indices of packages, by name; empty where none was rewritten. */
  readonly indices: ReadonlyMap<string, RewrittenFacts & { readonly stanzas: number }>;
}

/** Whose signature a tree gets, where its files go, and where others can be linked from. */
export interface Resigning {
  readonly sign: Sign;
  readonly key: SigningKey;
  readonly builder: TreeBuilder;
  readonly placer: Placer;
  readonly latest: SealedTree | undefined;
}

/**
 * Puts indices into the tree that list only what it holds, under Release files that the mirror's own
 * key signs; what upstream signed is kept beside them, in `upstream/`.
 *
 * @returns by the name of the suite
 * @throws VerifyError ERR_VERIFY_SIGNING_KEY_*; SyncError ERR_SYNC_BAD_RELEASE
 */
export async function publishResigned(
  run: Run,
  plan: MirrorPlan,
  sign: Sign,
  { builder, placer, latest, scratch }: Omit<Resigning, "sign" | "key"> & { scratch: string },
): Promise<Map<string, ResignedSuite>> {
  const resigning = { sign, key: await sign.key(), builder, placer, latest };
  const rewritten = rewrites(run.spec)
    ? await rewriteIndices(run, plan, latest, heldFiles(plan, builder), scratch)
    : new Map<string, RewrittenForms>();
  const suites = new Map<string, ResignedSuite>();
  for (const release of plan.releases) {
    suites.set(release.suite, await publishSuite(run, plan, release, rewritten, resigning));
  }
  return suites;
}

/** Which files of the plan have come into the tree. */
function heldFiles({ pool }: MirrorPlan, builder: TreeBuilder): HoldsFile {
  const wanted = [...pool.reuse.map((reused) => reused.wanted), ...pool.download];
  const planned = new Map(wanted.map((file) => [file.path, file]));
  return (path, { size, ...digests }) => {
    const file = planned.get(path);
    return file?.size === size && agree(file.digests, digests) && builder.has(path);
  };
}

async function publishSuite(
  run: Run,
  plan: MirrorPlan,
  release: SuiteRelease,
  rewritten: ReadonlyMap<string, RewrittenForms>,
  resigning: Resigning,
): Promise<ResignedSuite> {
  const { directory, published } = release;
  const { builder, placer } = resigning;
  const byHash = run.spec.byHash !== "no";
  const files = new Map<string, ResignedFile>();
  const list = (path: string, { size, sha256 }: Omit<ResignedFile, "path">) => {
    files.set(path, { path: path.slice(directory.length), size, sha256 });
    for (const name of byHash ? byHashPaths(path, { path, size, sha256 }) : [])
      if (!builder.has(name)) builder.alias(path, name);
  };

  const upstream = upstreamDirectory(directory);
  writeDocuments(run, release, upstream, builder, plan.present);
  for (const { name, bytes, sha256 } of published)
    list(upstream + name, { size: bytes.length, sha256 });
  const indices = new Map<string, RewrittenFacts & { stanzas: number }>();
  for (const index of plan.indices.filter(({ target }) => target.suite === release.suite)) {
    const own = rewritten.get(index.target.name);
    if (own) {
      const original = keepOriginal(index, own, directory, resigning, list);
      const { stanzas, sha256 } = own.text;
      const leftOut = plan.filtered?.leftOut.get(index.target.name);
      const facts = { stanzas, sha256, original, ...(leftOut ? { leftOut } : {}) };
      indices.set(index.target.name, facts);
    }
    for (const { path, size, sha256, place } of own?.forms ?? []) {
      place(placer);
      list(path, { size, sha256 });
    }
    if (!own) listPlain(index, directory, files);
    for (const held of own ? [] : index.variants) {
      placer.placeIndex(held.variant.path, held);
      list(held.variant.path, held.source.file);
    }
  }
  list(directory + PUBLIC_KEY, writePublicKey(run, plan, directory, resigning));
  const signed = await signSuite(run, plan, release, [...files.values()], resigning);
  return { ...signed, indices };
}

/**
 * Lists the uncompressed form of an index as upstream does, served or not: where a Release does not
 * list it, apt finds no other form either.
 */
function listPlain(
  { target: { plain, name } }: HeldIndex,
  directory: string,
  files: Map<string, ResignedFile>,
): void {
  if (plain?.sha256 === undefined) return;
  const { size, sha256 } = plain;
  files.set(name, { path: name.slice(directory.length), size, sha256 });
}

/** Puts the form of an index that was read beside the rewritten one; returns its compression. */
function keepOriginal(
  { variants }: HeldIndex,
  { index: { listing } }: RewrittenForms,
  directory: string,
  { builder, placer }: Resigning,
  list: (path: string, file: { size: number; sha256: string }) => void,
): RewrittenFacts["original"] {
  const held = variants.find(({ file }) => file === listing.file);
  if (!held) throw new TypeError(`${listing.path}: no form of it was held`);
  const { size, sha256 } = held.source.file;
  const path = originalPath(directory, sha256);
  // Two indices may be the same, empty for example.
  if (!builder.has(path)) placer.placeIndex(path, held);
  list(path, { size, sha256 });
  return { path, compression: held.variant.compression };
}

/** The public key keeps its time as long as it is the same. */
function writePublicKey(
  run: Run,
  { present }: MirrorPlan,
  directory: string,
  { key, builder, latest }: Resigning,
): { size: number; sha256: string } {
  const path = directory + PUBLIC_KEY;
  const bytes = armorPublicKey(key);
  const sha256 = sha256Of(bytes);
  const here = present.get(path);
  if (here?.sha256 !== sha256 || !linkIfIntact(builder, latest, here)) {
    builder.write(path, bytes, new Date(distinctTime(present, { path, sha256 }, run.ports.now())));
  }
  return { size: bytes.length, sha256 };
}
