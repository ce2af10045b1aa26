import type { TreeVerification } from "@mirror/sync";
import { damagedError } from "../../damaged-error.js";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { openMirrors } from "../../open-mirrors.js";
import { describeError } from "../../render/describe-error.js";
import { logVerified } from "../../render/verified.js";
import { type Keyrings, openTreeVerifier, readKeyrings } from "../../tree-verifier.js";
import { wordOf } from "../../words.js";

/**
 * Checks snapshots against their manifests and their signed metadata; takes no lock.
 * @returns The exit status: 1 if anything is wrong with any of them.
 */
export async function verifySnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot verify";
  let keyrings: Keyrings = new Map();
  const { mirrors, log } = await openMirrors(words, {
    verb,
    writes: false,
    flags,
    host,
    async read(selected) {
      keyrings = await readKeyrings(selected);
    },
  });
  const round: Round = { verb, doing: "verifying a snapshot", flags, host, log };
  const level = words.switches.has("quick") ? "quick" : "full";
  const name = wordOf(words, "name");

  using verifier = await openTreeVerifier(round, mirrors, keyrings);
  const outcomes = await eachMirror(round, mirrors, async (open) => {
    const snapshots =
      name === undefined ? open.collection.snapshots() : [namedSnapshot(open, name)];
    const results: (TreeVerification & { readonly name: string })[] = [];
    for (const tree of snapshots) {
      const verified = await verifier.verify(open, { name: tree.name, tree }, level);
      logVerified(round, { mirror: open.mirror.id, tree: tree.name }, verified);
      results.push({ name: tree.name, ...verified });
    }
    return { id: open.mirror.id, snapshots: results };
  });
  return finishRound(round, outcomes, ({ id, snapshots }) => {
    const damaged = snapshots.find(({ problems }) => problems.length > 0);
    if (damaged === undefined) return { snapshots };
    const error = damagedError({ mirror: id, tree: damaged.name }, damaged.problems);
    return { snapshots, error: describeError(error, { command: verb }) };
  });
}
