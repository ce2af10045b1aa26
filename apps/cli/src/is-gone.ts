import { CliError } from "./error.js";
import type { OpenMirror } from "./open-mirrors.js";
import type { NamedTree } from "./tree-verifier.js";

/**
 * Whether a tree was deleted while it was read, as no lock is taken.
 * @throws CliError ERR_CLI_MOVED_MEANWHILE.
 */
export function isGone({ mirror, collection }: OpenMirror, { name, tree }: NamedTree): boolean {
  if (name !== "latest") return collection.snapshot(name) === undefined;
  if (collection.trees().some(({ generation }) => generation === tree.generation)) return false;
  const message = "latest: what it showed was superseded, and swept, while it was read";
  throw new CliError("ERR_CLI_MOVED_MEANWHILE", message, {
    found: "latest",
    suggestion: `mirrorctl verify ${mirror.id}`,
  });
}
