import type { MirrorConfig } from "@mirror/config";
import type { Collection, SealedTree, Snapshot } from "@mirror/snapshot";
import {
  checkReissue,
  freeSnapshotName,
  generationName,
  reissueTree,
  type Sign,
} from "@mirror/sync";
import type { Round } from "../../each-mirror.js";
import { CliError } from "../../error.js";
import type { Host } from "../../host.js";
import { type Judgement, UNJUDGED } from "../../move-together.js";
import type { OpenMirror } from "../../open-mirrors.js";
import { readSigning } from "../../signing.js";

const REISSUED = /-reissued(?:-\d+)?$/;

/** Issues snapshots anew under the keys of their mirrors. */
export interface Reissue {
  /** Reads the keys, before the process becomes the owner of `dir`. */
  read(mirrors: readonly MirrorConfig[]): Promise<void>;
  /**
   * Looks whether what was chosen can be issued anew, before anything moves.
   * @throws CliError ERR_CLI_NO_SIGNING_KEY; SyncError ERR_SYNC_NOT_RESIGNED; VerifyError.
   */
  judge(open: OpenMirror, chosen: { readonly snapshot: Snapshot }): Promise<Judgement>;
  /**
   * How a snapshot is issued anew: as another one, of the same files under a Release of now.
   * @throws CliError ERR_CLI_NO_SIGNING_KEY.
   */
  of(
    round: Round,
    open: OpenMirror,
    snapshot: Snapshot,
  ): (shown: SealedTree | undefined) => Promise<Snapshot>;
}

/** Begins to issue snapshots anew. */
export function openReissue(host: Host): Reissue {
  const keys = new Map<string, Sign>();
  const keyOf = ({ mirror }: OpenMirror): Sign => {
    const sign = keys.get(mirror.id);
    if (sign !== undefined) return sign;
    const message = "--reissue: the mirror has no key to sign with";
    throw new CliError("ERR_CLI_NO_SIGNING_KEY", message);
  };
  return {
    async read(mirrors) {
      for (const mirror of mirrors) {
        const sign = await readSigning(mirror);
        if (sign) keys.set(mirror.id, sign);
      }
    },
    async judge(open, { snapshot }) {
      await checkReissue(snapshot, keyOf(open), host.now());
      return UNJUDGED;
    },
    of(round, open, snapshot) {
      const { mirror, collection } = open;
      const sign = keyOf(open);
      return async (seen) => {
        const created = host.now();
        const tree = await reissueTree(snapshot, { collection, sign, now: created, seen });
        try {
          const left = leftOvers(collection);
          const taken = collection.snapshots().map((known) => known.name);
          const kept = new Set(taken.filter((known) => !left.has(known)));
          const name = freeSnapshotName(nameOf(snapshot), kept);
          round.log.info(`Signed again as snapshot: ${name}`, { mirror: mirror.id });
          const { allowCopy: copy } = mirror.snapshot;
          // Nobody else makes one meanwhile: what may have that name is left over.
          const replace = true;
          return await collection.createSnapshot({ name, created, tree, copy, replace });
        } finally {
          collection.removeTree(tree.generation);
        }
      };
    },
  };
}

/**
 * Snapshots that were issued anew and then not shown, because the command was killed in between: of
 * trees that were made for them at that very moment, on no record and in nobody's use.
 */
function leftOvers(collection: Collection): Set<string> {
  const recorded = new Set([...collection.history()].map(({ to }) => to));
  const inUse = collection.usage().snapshots;
  const left = collection.snapshots().filter((snapshot) => {
    const { name, created } = snapshot;
    if (!REISSUED.test(name) || snapshot.protected || recorded.has(name) || inUse.has(name))
      return false;
    return snapshot.source === generationName(created);
  });
  return new Set(left.map(({ name }) => name));
}

/** One that was issued anew before keeps its name but for the number. */
function nameOf({ name }: Snapshot): string {
  return `${name.replace(REISSUED, "")}-reissued`;
}
