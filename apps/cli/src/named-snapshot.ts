import type { Snapshot } from "@mirror/snapshot";
import { CliError } from "./error.js";
import type { OpenMirror } from "./open-mirrors.js";
import { suggest } from "./suggest.js";

/**
 * The snapshot of that name.
 * @throws CliError ERR_CLI_UNKNOWN_SNAPSHOT.
 */
export function namedSnapshot({ mirror, collection }: OpenMirror, name: string): Snapshot {
  const found = collection.snapshot(name);
  if (found !== undefined) return found;
  const names = collection.snapshots().map((snapshot) => snapshot.name);
  const near = suggest(name, names);
  throw new CliError("ERR_CLI_UNKNOWN_SNAPSHOT", `no such snapshot: ${name}`, {
    found: name,
    suggestion:
      near === undefined
        ? `mirrorctl snapshot list ${mirror.id}`
        : `did you mean "${near}"? mirrorctl snapshot list ${mirror.id} shows them all`,
  });
}

/** Reads a snapshot's manifest to its end: one that was cut or damaged throws. */
export function checkManifest(snapshot: Snapshot): void {
  for (const _file of snapshot.files());
}
