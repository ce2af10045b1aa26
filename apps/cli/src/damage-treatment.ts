import type { MirrorConfig } from "@mirror/config";
import type { Collection } from "@mirror/snapshot";
import type { Round } from "./each-mirror.js";
import type { OpenMirror, OpenMirrors } from "./open-mirrors.js";
import type { TreeVerifier } from "./tree-verifier.js";
import type { VerifiedMirror, VerifiedTree } from "./verified-mirror.js";

/** A round whose damage is treated. */
export interface TreatingRound extends Round {
  readonly verifier: TreeVerifier;
  /** All of the store: damage has names in trees of other mirrors too. */
  readonly collections: readonly Collection[];
}

/** What is done about the damage that a verification finds. */
export interface DamageTreatment {
  /** Reads what only the starting user may be able to read. */
  read(mirrors: readonly MirrorConfig[]): Promise<void>;
  open(round: TreatingRound, opened: OpenMirrors): Promise<OpenTreatment>;
}

/** The same for the mirrors of one command. */
export interface OpenTreatment extends Disposable {
  treat(open: OpenMirror, trees: readonly VerifiedTree[]): Promise<VerifiedMirror>;
}
