import type { MirrorConfig } from "@mirror/config";
import type { SealedTree } from "@mirror/snapshot";
import {
  createDigestCache,
  createDigester,
  createUnpacker,
  type DigestCache,
  type TreeProblem,
  type TreeVerification,
  verifyAgain,
  verifyTree,
} from "@mirror/sync";
import type { Round } from "./each-mirror.js";
import type { OpenMirror } from "./open-mirrors.js";
import { openVerifyDisplay } from "./render/verify-display.js";
import { createTrustReader, keyringOf } from "./trust.js";

/** Whose signatures count for each mirror, by its id. */
export type Keyrings = ReadonlyMap<string, Awaited<ReturnType<typeof keyringOf>>>;

/** Reads the keyrings of mirrors, which only the starting user may be able to do. */
export async function readKeyrings(mirrors: readonly MirrorConfig[]): Promise<Keyrings> {
  const trust = createTrustReader();
  const keyrings = new Map<string, Awaited<ReturnType<typeof keyringOf>>>();
  for (const mirror of mirrors) keyrings.set(mirror.id, await keyringOf(trust, mirror));
  return keyrings;
}

/** A tree, and what people call it. */
export interface NamedTree {
  readonly name: string;
  readonly tree: SealedTree;
}

/**
 * Verifies the trees of one command, one after the other, and shows how far it is. Its disposal ends
 * its threads and gives the terminal back.
 */
export interface TreeVerifier extends Disposable {
  verify(
    open: OpenMirror,
    named: NamedTree,
    level: TreeVerification["level"],
  ): Promise<TreeVerification>;
  /** What is still wrong with a tree once these of its paths were mended. */
  verifyAgain(
    open: OpenMirror,
    named: NamedTree,
    before: TreeVerification,
    mended: ReadonlySet<string>,
  ): Promise<readonly TreeProblem[]>;
  /** What has been read of files that have several names. */
  readonly cache: DigestCache;
}

/** Opens a verifier: files that trees share are read once. */
export async function openTreeVerifier(
  round: Round,
  mirrors: readonly OpenMirror[],
  keyrings: Keyrings,
): Promise<TreeVerifier> {
  const { host } = round;
  const cache = createDigestCache();
  const digester = createDigester();
  const ids = mirrors.map(({ mirror }) => mirror.id);
  const display = await openVerifyDisplay(ids, round);
  const optionsOf = ({ mirror }: OpenMirror) => ({
    keyring: keyrings.get(mirror.id),
    fingerprints: mirror.pgpFingerprints,
    now: host.now(),
    maxFuture: mirror.maxFuture,
    unpacker: createUnpacker(),
    signal: host.signal,
    cache,
    digester,
  });
  return {
    cache,
    verifyAgain: (open, { tree }, before, mended) =>
      verifyAgain(tree, before, mended, optionsOf(open)),
    async verify(open, { name, tree }, level) {
      const { mirror } = open;
      try {
        const onProgress = display.follow(mirror.id, name);
        return await verifyTree(tree, { ...optionsOf(open), level, onProgress });
      } finally {
        display.finish(mirror.id);
      }
    },
    [Symbol.dispose]() {
      digester[Symbol.dispose]();
      display.close();
    },
  };
}
