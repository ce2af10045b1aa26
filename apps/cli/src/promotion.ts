import type { MirrorConfig } from "@mirror/config";
import type { SealedTree, Snapshot } from "@mirror/snapshot";
import { environmentNamed, productionOf, stagingOf } from "./environments.js";
import { CliError } from "./error.js";
import { hasShown } from "./has-shown.js";
import { namedSnapshot } from "./named-snapshot.js";
import type { OpenMirror } from "./open-mirrors.js";

/** One step along the promotion path: the environment before, and the one that is to move. */
export interface Step {
  readonly from: string;
  readonly to: string;
}

/**
 * The step that `--from` and `--to` mean; without them the last one, to production.
 * @throws CliError ERR_CLI_UNKNOWN_ENVIRONMENT, ERR_CLI_NO_STEP.
 */
export function stepOf(mirror: MirrorConfig, named: { from?: string; to?: string }): Step {
  const path = mirror.snapshot.environments;
  const { from, to } = named;
  const end =
    to === undefined
      ? from === undefined
        ? path.indexOf(productionOf(mirror))
        : path.indexOf(environmentNamed(mirror, from)) + 1
      : path.indexOf(environmentNamed(mirror, to));
  const before = path[end - 1];
  const target = path[end];
  if (before === undefined || target === undefined) throw noStep(mirror, named);
  if (from !== undefined && environmentNamed(mirror, from) !== before) throw noStep(mirror, named);
  return { from: before, to: target };
}

/**
 * The environment that a stage moves, the first one if none is named. Never production, which only
 * what passed the gate is shown in.
 * @throws CliError ERR_CLI_UNKNOWN_ENVIRONMENT, ERR_CLI_NO_STEP.
 */
export function stagedIn(mirror: MirrorConfig, snapshot: string, named?: string): string {
  const environment = named === undefined ? stagingOf(mirror) : environmentNamed(mirror, named);
  if (environment !== productionOf(mirror)) return environment;
  const { id } = mirror;
  throw new CliError("ERR_CLI_NO_STEP", `${environment} is production: staging does not move it`, {
    found: environment,
    suggestion: `mirrorctl snapshot publish ${id} ${snapshot} shows it there at once, if the gate lets it`,
  });
}

function noStep(mirror: MirrorConfig, { from, to }: { from?: string; to?: string }): CliError {
  const path = mirror.snapshot.environments.join(" -> ");
  const typed = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
  ].join(" ");
  return new CliError(
    "ERR_CLI_NO_STEP",
    `no step ${typed}${typed === "" ? "" : " "}on the path ${path}`,
    {
      expected: path,
      found: typed,
      suggestion: `mirrorctl snapshot publish ${mirror.id} NAME shows a snapshot in production at once`,
    },
  );
}

/**
 * The snapshot that a promote is about: what the environment before shows, or the one named, which
 * that environment must show or have shown, so that what was tested is what ships.
 * @param wanted - `force`: also one that was rolled back, if it is named; `shown`: what an
 *   environment shows.
 * @throws CliError ERR_CLI_NOTHING_SHOWN, ERR_CLI_NOT_TESTED, ERR_CLI_REJECTED,
 *   ERR_CLI_UNKNOWN_SNAPSHOT.
 */
export function promoted(
  open: OpenMirror,
  step: Step,
  wanted: {
    readonly name: string | undefined;
    readonly force: boolean;
    shown(environment: string): SealedTree | undefined;
  },
): Snapshot {
  const { mirror, collection } = open;
  const { id } = mirror;
  const { name, force } = wanted;
  const shown = wanted.shown(step.from);
  if (name === undefined && shown === undefined) {
    throw new CliError("ERR_CLI_NOTHING_SHOWN", `${step.from} shows no snapshot yet`, {
      path: step.from,
      suggestion: `mirrorctl snapshot stage ${id} NAME; mirrorctl snapshot list ${id} has the names`,
    });
  }
  const snapshot = namedSnapshot(open, name ?? shown?.generation ?? "");
  const { path } = snapshot;
  if (path !== shown?.path && (name === undefined || !hasShown(collection, step.from, snapshot))) {
    const message = `${step.from} has never shown ${snapshot.name} as it is in ${path}`;
    throw new CliError("ERR_CLI_NOT_TESTED", message, {
      found: snapshot.name,
      suggestion: `mirrorctl snapshot stage ${id} ${snapshot.name}, and test it there; mirrorctl snapshot publish ${id} ${snapshot.name} goes without`,
    });
  }
  if (snapshot.rejected && !(name !== undefined && force)) {
    const message = `${snapshot.name} was rolled back before, and is marked as rejected`;
    throw new CliError("ERR_CLI_REJECTED", message, {
      found: snapshot.name,
      suggestion: `stage another one; if this one is right after all: mirrorctl snapshot promote ${id} ${snapshot.name} --force`,
    });
  }
  return snapshot;
}
