import { commandLine } from "../command-text.js";
import { openLog, readConfiguration } from "../configuration.js";
import { CliError } from "../error.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { storeOf } from "../open-mirrors.js";
import { becomeOwner, requireWriter } from "../owner.js";
import { printDocument } from "../render/document.js";
import { count, logSize } from "../render/size.js";
import { suggest } from "../suggest.js";
import { takeLock } from "../take-lock.js";
import { requiredWord } from "../words.js";

/**
 * Removes all of a mirror that is no longer configured: pointers, snapshots, trees, state.
 * @throws CliError ERR_CLI_STILL_CONFIGURED, ERR_CLI_NOTHING_TO_REMOVE.
 */
export async function removeMirror(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "remove";
  const id = requiredWord(words, "id");
  const config = await readConfiguration(flags, host);
  const log = openLog(config, flags, host, false);
  if (config.mirrors.some((mirror) => mirror.id === id)) {
    const message = `${id}: is a mirror of the configuration`;
    throw new CliError("ERR_CLI_STILL_CONFIGURED", message, { found: id });
  }
  becomeOwner(config.dir);
  if (!flags.dryRun) requireWriter(config.dir, commandLine(verb, words, flags, host));
  const store = storeOf(config);
  const known = await store.collections();
  if (!known.includes(id)) throw unknown(id, known);
  // Its own table is gone; without its link, its snapshots are where all others are.
  const [path, ...others] = new Set(config.mirrors.map(({ snapshot }) => snapshot.path));
  const isShared = path !== undefined && others.length === 0;
  const collection = store.collection(id, isShared ? { snapshots: path } : {});

  const remove = async () => {
    if (flags.dryRun) return collection.remove({ dryRun: true });
    const locking = { command: verb, wait: flags.wait, host, log };
    const sync = await takeLock(collection, "sync", locking);
    try {
      const lock = await takeLock(collection, "store", locking);
      try {
        return collection.remove();
      } finally {
        lock.release();
      }
    } finally {
      sync.release();
    }
  };
  const removed = await remove();
  const { pointers, snapshots, trees, bytesFreed, foreign } = removed;
  const what = `${count(snapshots.length, "snapshot")}, ${count(trees.length, "tree")}, ${count(pointers.length, "link")}`;
  const verbs = flags.dryRun ? ["Would remove", "frees"] : ["Removed", "freed"];
  log.info(`${verbs[0]} ${id}: ${what} (${verbs[1]} ${logSize(bytesFreed)})`, { mirror: id });
  for (const path of foreign) log.warn(`${path}: not made by mirrorctl, stays`, { mirror: id });
  if (flags.json)
    printDocument(host.stdout, verb, { ok: true, dryRun: flags.dryRun, id, ...removed });
  return 0;
}

function unknown(id: string, known: readonly string[]): CliError {
  const near = suggest(id, known);
  const found = known.length === 0 ? "no mirror has" : `these have: ${known.join(", ")}`;
  return new CliError("ERR_CLI_NOTHING_TO_REMOVE", `no mirror ${id} has files here; ${found}`, {
    expected: known.join(", "),
    found: id,
    ...(near === undefined ? {} : { suggestion: `did you mean "${near}"?` }),
  });
}
