import { isAbsolute, relative } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import { environmentNamed, productionOf } from "./environments.js";
import { CliError } from "./error.js";
import type { Words } from "./flags.js";
import { namedSnapshot } from "./named-snapshot.js";
import type { OpenMirror } from "./open-mirrors.js";

/**
 * The tree that the words mean, or production: where an environment shows nothing yet, the newest one,
 * which says as well what there will be.
 * @throws CliError ERR_CLI_UNKNOWN_ENVIRONMENT, ERR_CLI_UNKNOWN_SNAPSHOT.
 */
export function clientTree(open: OpenMirror, words: Words): SealedTree | undefined {
  const { collection } = open;
  const { snapshot } = words.values;
  if (snapshot !== undefined) return namedSnapshot(open, snapshot);
  return collection.resolve(environmentOf(open, words)) ?? collection.latest();
}

function environmentOf({ mirror }: OpenMirror, { values: { env } }: Words): string {
  return env === undefined ? productionOf(mirror) : environmentNamed(mirror, env);
}

/**
 * Where that tree lies below `dir`, as clients ask for it.
 * @throws CliError ERR_CLI_UNKNOWN_ENVIRONMENT; ERR_CLI_USAGE where it lies elsewhere.
 */
export function clientPath(open: OpenMirror, words: Words, dir: string): string {
  const { mirror } = open;
  const { snapshot } = words.values;
  if (snapshot !== undefined) return `${mirror.id}/snapshots/${snapshot}`;
  const environment = environmentOf(open, words);
  if (!isAbsolute(environment)) return `${mirror.id}/${environment}`;
  const below = relative(dir, environment);
  if (!below.startsWith("..")) return below;
  throw new CliError(
    "ERR_CLI_USAGE",
    `${environment}: lies outside ${dir}, and its URL is not known`,
    { found: environment, suggestion: "write the URL at which your web server shows it yourself" },
  );
}
