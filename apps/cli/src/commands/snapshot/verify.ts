import type { Snapshot } from "@mirror/snapshot";
import { createUnpacker, type TreeVerification, verifyTree } from "@mirror/sync";
import { eachMirror, finishRound, type Round } from "../../each-mirror.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { describeError } from "../../render/describe-error.js";
import { logError } from "../../render/failure.js";
import { count, logSize } from "../../render/size.js";
import { createTrustReader, keyringOf } from "../../trust.js";
import { wordOf } from "../../words.js";

type Keyring = Awaited<ReturnType<typeof keyringOf>>;

/**
 * Checks snapshots against their manifests and their signed metadata; takes no lock.
 * @returns The exit status: 1 if anything is wrong with any of them.
 */
export async function verifySnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot verify";
  const keyrings = new Map<string, Keyring>();
  const { mirrors, log } = await openMirrors(words, {
    verb,
    writes: false,
    flags,
    host,
    async read(selected) {
      const trust = createTrustReader();
      for (const mirror of selected) keyrings.set(mirror.id, await keyringOf(trust, mirror));
    },
  });
  const round: Round = { verb, doing: "verifying a snapshot", flags, host, log };
  const level = words.switches.has("quick") ? "quick" : "full";

  const outcomes = await eachMirror(round, mirrors, async (open) => {
    const { mirror } = open;
    const name = wordOf(words, "name");
    const snapshots =
      name === undefined ? open.collection.snapshots() : [namedSnapshot(open, name)];
    const results: (TreeVerification & { readonly name: string })[] = [];
    for (const snapshot of snapshots) {
      const verified = await verifyTree(snapshot, {
        level,
        keyring: keyrings.get(mirror.id),
        fingerprints: mirror.pgpFingerprints,
        now: host.now(),
        maxFuture: mirror.maxFuture,
        unpacker: createUnpacker(),
        signal: host.signal,
      });
      say(round, open, snapshot, verified);
      results.push({ name: snapshot.name, ...verified });
    }
    return results;
  });
  return finishRound(round, outcomes, (snapshots) => {
    const damaged = snapshots.find(({ problems }) => problems.length > 0);
    const error = damaged && describeError(damagedError(damaged.name, damaged), { command: verb });
    return { snapshots, ...(error === undefined ? {} : { error }) };
  });
}

function say(
  { log, flags, verb, doing }: Round,
  { mirror }: OpenMirror,
  { name }: Snapshot,
  verified: TreeVerification,
): void {
  const whose = { mirror: mirror.id };
  for (const { message, code } of verified.warnings)
    log.warn(`${name}: ${message}`, { ...whose, code });
  if (verified.problems.length === 0) {
    const what = `${count(verified.files, "file")}, ${logSize(verified.bytes)}`;
    log.info(`Verified ${name}: ${what}, ${verified.level} check`, whose);
    return;
  }
  const context = { ...whose, doing, command: verb, verbose: flags.verboseErrors };
  logError(log, damagedError(name, verified), context);
}

function damagedError(name: string, { problems }: TreeVerification): CliError {
  const message = `${name}: ${count(problems.length, "problem")}`;
  return new CliError("ERR_CLI_DAMAGED", message, { problems });
}
