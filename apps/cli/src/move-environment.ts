import type { Snapshot } from "@mirror/snapshot";
import type { Round } from "./each-mirror.js";
import { capitalised, roleOf } from "./environments.js";
import type { OpenMirror } from "./open-mirrors.js";
import type { Who } from "./who.js";

/** Why and by whom an environment is moved. */
export interface MoveReason {
  readonly kind: "stage" | "promote" | "publish" | "rollback";
  readonly who: Who;
  /** What it showed is withdrawn: it is not served in the new one's gaps. */
  readonly withdraw?: boolean;
  /** What else the history is to keep. */
  readonly note?: Readonly<Record<string, unknown>>;
}

/** Lets an environment show a snapshot, records it, and says so. Hold the mirror's `store` lock. */
export async function moveEnvironment(
  { verb, host, log }: Round,
  { mirror, collection }: OpenMirror,
  environment: string,
  snapshot: Snapshot,
  { kind, who, withdraw, note }: MoveReason,
): Promise<void> {
  // Few mirrors show one there, and the engine takes longer to load than a pointer to move.
  const root = mirror.rootShows === environment ? await import("./root-links.js") : undefined;
  root?.addRootLinks(mirror, collection, snapshot);
  const { from, recorded } = collection.move(environment, snapshot, {
    kind,
    at: host.now(),
    by: who,
    command: verb,
    ...(withdraw === undefined ? {} : { withdraw }),
    note: { ...note, created: snapshot.created },
  });
  root?.showRootLinks(mirror, collection, snapshot);
  const role = roleOf(mirror, environment);
  log.info(`${capitalised(role)} updated: ${mirror.id} -> ${snapshot.name}`, {
    mirror: mirror.id,
    named: true,
    facts: { environment, to: snapshot.name, ...(from === undefined ? {} : { from }) },
  });
  if (!recorded) {
    const hint = "free space on its file system (df -h, df -i)";
    log.warn("the history could not be written", { mirror: mirror.id, hint });
  }
}
