import type { DamageTreatment, TreatingRound } from "../damage-treatment.js";
import { eachMirror, finishRound, type MirrorFacts, type Round } from "../each-mirror.js";
import { CliError } from "../error.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { isGone } from "../is-gone.js";
import { type OpenMirror, openMirrors } from "../open-mirrors.js";
import { describeError } from "../render/describe-error.js";
import { repairDocument } from "../render/repaired.js";
import { logFound, logVerified } from "../render/verified.js";
import { repairTreatment } from "../repair-mirror.js";
import { REPAIR_PREVIEW } from "../repair-preview.js";
import { settleRepairs } from "../settle-repairs.js";
import { storeCollections } from "../store-collections.js";
import { type Keyrings, type NamedTree, openTreeVerifier, readKeyrings } from "../tree-verifier.js";
import { unmended, type VerifiedMirror, type VerifiedTree } from "../verified-mirror.js";

/**
 * Checks the working mirrors, and snapshots if wanted, against their manifests and their signed
 * metadata, and with `--repair` mends what is damaged. Takes no lock but for that.
 * @returns The exit status: 1 if anything is wrong with any of them, and was not mended.
 */
export async function verifyMirrors(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "verify";
  const treatment = treatmentOf(words, flags, host);
  let keyrings: Keyrings = new Map();
  const opened = await openMirrors(words, {
    verb,
    writes: treatment !== undefined,
    flags,
    host,
    async read(selected) {
      keyrings = await readKeyrings(selected);
      await treatment?.read(selected);
    },
  });
  const { mirrors, log } = opened;
  const round: Round = { verb, doing: "verifying the mirror", flags, host, log };
  using verifier = await openTreeVerifier(round, mirrors, keyrings);
  const verify = async (open: OpenMirror, say: typeof logVerified): Promise<VerifiedTree[]> => {
    const { id } = open.mirror;
    const trees: VerifiedTree[] = [];
    for (const named of treesOf(open, words.switches.has("snapshots"))) {
      const verified = await verifier.verify(open, named, "full");
      if (verified.problems.length > 0 && isGone(open, named)) {
        log.info(`${named.name} was deleted meanwhile`, { mirror: id });
        continue;
      }
      say(round, { mirror: id, tree: named.name }, verified);
      trees.push({ ...named, verified });
    }
    return trees;
  };
  const factsOfAny = (verified: VerifiedMirror) => factsOf(verified, verb);
  if (!treatment) {
    const outcomes = await eachMirror(round, mirrors, async (open) =>
      unmended(open.mirror.id, await verify(open, logVerified)),
    );
    return finishRound(round, outcomes, factsOfAny);
  }
  const treating: TreatingRound = {
    ...round,
    verifier,
    collections: await storeCollections(opened),
  };
  using treated = await treatment.open(treating, opened);
  const outcomes = await eachMirror(round, mirrors, async (open) =>
    treated.treat(open, await verify(open, logFound)),
  );
  return finishRound(round, await settleRepairs(treating, mirrors, outcomes), factsOfAny);
}

function treatmentOf({ switches }: Words, flags: Flags, host: Host): DamageTreatment | undefined {
  if (!switches.has("repair")) return undefined;
  return flags.dryRun ? REPAIR_PREVIEW : repairTreatment(host);
}

/** What `latest` shows, and the snapshots if wanted. @throws CliError ERR_CLI_NOTHING_SHOWN. */
function treesOf({ mirror, collection }: OpenMirror, withSnapshots: boolean): NamedTree[] {
  const latest = collection.latest();
  if (latest === undefined) {
    throw new CliError("ERR_CLI_NOTHING_SHOWN", "latest shows nothing yet", {
      path: "latest",
      suggestion: `mirrorctl sync ${mirror.id}`,
    });
  }
  const snapshots = withSnapshots ? collection.snapshots() : [];
  return [
    { name: "latest", tree: latest },
    ...snapshots.map((tree) => ({ name: tree.name, tree })),
  ];
}

function factsOf({ trees, repair, error }: VerifiedMirror, command: string): MirrorFacts {
  return {
    trees: trees.map(({ name, tree, verified, remaining }) => ({
      name,
      generation: tree.generation,
      ...verified,
      ...(remaining === undefined ? {} : { remaining }),
    })),
    ...(repair === undefined ? {} : { repair: repairDocument(repair, command) }),
    ...(error === undefined ? {} : { error: describeError(error, { command }) }),
  };
}
