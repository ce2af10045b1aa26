import type { MirrorConfig } from "@mirror/config";
import { type SealedTree, type Snapshot, SnapshotError } from "@mirror/snapshot";
import {
  countPackages,
  createDigester,
  createUnpacker,
  type GateRefusal,
  type IndexReader,
  judgeGate,
  SyncError,
  type TreeCounts,
  verifyTree,
} from "@mirror/sync";
import { CliError } from "./error.js";
import type { Gate, GateCandidate } from "./gate.js";
import { runGateCommand } from "./gate-command.js";
import type { Host } from "./host.js";
import { createTrustReader, keyringOf } from "./trust.js";

type Keyring = Awaited<ReturnType<typeof keyringOf>>;

/** The gate as the configuration of each mirror has it. */
export function openCheckingGate(host: Host): Gate {
  const keyrings = new Map<string, { keyring: Keyring } | { error: unknown }>();
  return {
    async read(mirrors) {
      const trust = createTrustReader();
      for (const mirror of mirrors) {
        const read = await keyringOf(trust, mirror).then(
          (keyring) => ({ keyring }),
          (error: unknown) => ({ error }),
        );
        keyrings.set(mirror.id, read);
      }
    },
    async pass(round, open, candidate) {
      const { mirror } = open;
      const { id } = mirror;
      const read = keyrings.get(id);
      if (read === undefined) throw new TypeError(`${id}: its keyring was not read`);
      if ("error" in read) throw read.error;
      const { refusals, warnings } = await judge(mirror, read.keyring, candidate, host);
      for (const warning of warnings) round.log.warn(warning, { mirror: id });
      if (refusals.length === 0) {
        const failure = await runCommand(mirror, candidate.snapshot, host);
        if (failure !== undefined) refusals.push(failure);
      }
      if (refusals.length > 0) throw refused(candidate.snapshot, refusals);
      return { result: "passed", warnings };
    },
  };
}

type Refusal = Pick<GateRefusal, "message"> & { readonly check: GateRefusal["check"] | "command" };

async function judge(
  mirror: MirrorConfig,
  keyring: Keyring,
  { snapshot, shown }: GateCandidate,
  host: Host,
): Promise<{ refusals: Refusal[]; warnings: string[] }> {
  const { verify, minPackages, maxShrink, requireValid } = mirror.promote;
  const reader = { unpacker: createUnpacker(), signal: host.signal };
  using digester = createDigester();
  const verified =
    verify === "off"
      ? undefined
      : await verifyTree(snapshot, {
          level: verify,
          keyring,
          fingerprints: mirror.pgpFingerprints,
          now: host.now(),
          maxFuture: mirror.maxFuture,
          digester,
          ...reader,
        });
  const { refusals, warnings } = judgeGate({
    verified,
    candidate: await countPackages(snapshot, reader),
    production: shown && (await countShown(shown, reader)),
    policy: {
      ...(minPackages === undefined ? {} : { minPackages }),
      ...(maxShrink === undefined ? {} : { maxShrink }),
      requireValid,
    },
    now: host.now(),
  });
  return { refusals: [...refusals], warnings: warnings.map(({ message }) => message) };
}

/** Nothing where production is damaged: what replaces it is compared with nothing then. */
async function countShown(shown: SealedTree, reader: IndexReader): Promise<TreeCounts | undefined> {
  try {
    return await countPackages(shown, reader);
  } catch (error) {
    reader.signal?.throwIfAborted();
    if (error instanceof SnapshotError || error instanceof SyncError) return undefined;
    throw error;
  }
}

async function runCommand(
  mirror: MirrorConfig,
  snapshot: Snapshot,
  host: Host,
): Promise<Refusal | undefined> {
  const { command, timeout } = mirror.promote;
  if (command === undefined) return undefined;
  const failure = await runGateCommand({
    argv: command,
    facts: {
      MIRRORCTL_MIRROR: mirror.id,
      MIRRORCTL_SNAPSHOT: snapshot.name,
      MIRRORCTL_PATH: snapshot.path,
    },
    env: host.env,
    timeout,
    signal: host.signal,
    output: host.stderr,
  });
  host.signal.throwIfAborted();
  return failure === undefined
    ? undefined
    : { check: "command", message: `${command[0]} ${failure}` };
}

function refused(snapshot: Snapshot, refusals: readonly Refusal[]): CliError {
  return new CliError("ERR_CLI_GATE_REFUSED", `the gate refuses ${snapshot.name}`, {
    problems: refusals.map(({ check, message }) => ({
      code: check,
      message: `${check}: ${message}`,
    })),
  });
}
