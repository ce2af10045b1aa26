import type { MirrorConfig } from "@mirror/config";
import type { SealedTree, Snapshot } from "@mirror/snapshot";
import type { Round } from "./each-mirror.js";
import type { Host } from "./host.js";
import type { OpenMirror } from "./open-mirrors.js";

/** What the gate said to a snapshot. */
export interface GateVerdict {
  readonly result: "passed" | "skipped";
  readonly warnings: readonly string[];
}

/** A snapshot that is to be shown in production, and what is shown there now. */
export interface GateCandidate {
  readonly snapshot: Snapshot;
  readonly shown: SealedTree | undefined;
}

/** What stands between a snapshot and production. */
export interface Gate {
  /** Reads the keyrings of the mirrors; what cannot be read fails the gate of that mirror alone. */
  read(mirrors: readonly MirrorConfig[]): Promise<void>;
  /**
   * Lets a snapshot pass, or says why not, with numbers.
   * @throws CliError ERR_CLI_GATE_REFUSED.
   */
  pass(round: Round, open: OpenMirror, candidate: GateCandidate): Promise<GateVerdict>;
}

/** The gate of one command; `skip`: somebody asked to be let past it. */
export async function openGate(host: Host, skip: boolean): Promise<Gate> {
  if (skip) return SKIPPED;
  // Who is let past it has no use for OpenPGP, which takes most of the time to load.
  const { openCheckingGate } = await import("./checking-gate.js");
  return openCheckingGate(host);
}

const SKIPPED: Gate = {
  async read() {},
  async pass({ log }, { mirror }) {
    log.warn("passing the gate unchecked (--no-gate)", { mirror: mirror.id });
    return { result: "skipped", warnings: [] };
  },
};
