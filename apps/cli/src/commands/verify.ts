import { eachMirror, finishRound, type MirrorFacts, type Round } from "../each-mirror.js";
import { CliError } from "../error.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { INSECURE } from "../insecure.js";
import { isGone } from "../is-gone.js";
import { type Networks, openMirrorRepairer, readNetworks } from "../mirror-repairer.js";
import { type OpenMirror, openMirrors } from "../open-mirrors.js";
import { describeError } from "../render/describe-error.js";
import { logError } from "../render/failure.js";
import { repairDocument } from "../render/repaired.js";
import { logFound, logVerified } from "../render/verified.js";
import {
  firstError,
  repairMirror,
  type VerifiedMirror,
  type VerifiedTree,
} from "../repair-mirror.js";
import { type Keyrings, type NamedTree, openTreeVerifier, readKeyrings } from "../tree-verifier.js";

/**
 * Checks the working mirrors, and snapshots if wanted, against their manifests and their signed
 * metadata, and with `--repair` mends what is damaged. Takes no lock but for that.
 * @returns The exit status: 1 if anything is wrong with any of them, and was not mended.
 */
export async function verifyMirrors(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "verify";
  const repairs = words.switches.has("repair");
  let keyrings: Keyrings = new Map();
  let networks: Networks = { authorities: undefined, networks: new Map() };
  const opened = await openMirrors(words, {
    verb,
    writes: repairs,
    flags,
    host,
    async read(selected) {
      keyrings = await readKeyrings(selected);
      if (repairs && !flags.dryRun) networks = await readNetworks(selected, host);
    },
  });
  const { mirrors, log } = opened;
  const round: Round = { verb, doing: "verifying the mirror", flags, host, log };
  using verifier = await openTreeVerifier(round, mirrors, keyrings);
  using repairer = repairs
    ? await openMirrorRepairer(round, opened, networks, verifier.cache)
    : undefined;
  const withSnapshots = words.switches.has("snapshots");
  const outcomes = await eachMirror(round, mirrors, async (open): Promise<Verified> => {
    const { id, tls } = open.mirror;
    if (repairs && !flags.dryRun && tls.insecureSkipVerify) log.warn(INSECURE, { mirror: id });
    const trees: VerifiedTree[] = [];
    for (const named of treesOf(open, withSnapshots)) {
      const verified = await verifier.verify(open, named, "full");
      if (verified.problems.length > 0 && isGone(open, named)) {
        log.info(`${named.name} was deleted meanwhile`, { mirror: id });
        continue;
      }
      const say = repairer ? logFound : logVerified;
      say(round, { mirror: id, tree: named.name }, verified);
      trees.push({ ...named, verified });
    }
    if (!repairer) return { id, trees, ...firstError(id, trees) };
    const repaired = await repairMirror(round, open, trees, { verifier, repairer });
    const context = { mirror: id, doing: round.doing, command: verb };
    if (repaired.error) logError(log, repaired.error, { ...context, verbose: flags.verboseErrors });
    return { id, ...repaired };
  });
  return finishRound(round, outcomes, (verified) => factsOf(verified, verb));
}

type Verified = VerifiedMirror & { readonly id: string };

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

function factsOf({ trees, repair, error }: Verified, command: string): MirrorFacts {
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
