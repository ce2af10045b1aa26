import { isAbsolute } from "node:path";
import type { Config, MirrorConfig } from "@mirror/config";
import { type Collection, openStore, type Store } from "@mirror/snapshot";
import { commandLine } from "./command-text.js";
import { openLog, readConfiguration } from "./configuration.js";
import type { Flags, Words } from "./flags.js";
import type { Host } from "./host.js";
import { becomeOwner, requireWriter } from "./owner.js";
import type { Log } from "./render/log.js";
import { selectMirrors } from "./select-mirrors.js";
import type { Verb } from "./verbs.js";
import { type Who, whoAmI } from "./who.js";

/** A mirror of the configuration, and where its trees and pointers are. */
export interface OpenMirror {
  readonly mirror: MirrorConfig;
  readonly collection: Collection;
}

/** The mirrors of one command, opened. */
export interface OpenMirrors {
  readonly config: Config;
  readonly mirrors: readonly OpenMirror[];
  readonly store: Store;
  readonly who: Who;
  readonly log: Log;
}

/** The store of a configuration: every pointer that any of its mirrors has is known to it. */
export function storeOf({ dir, mirrors }: Config): Store {
  const pointers = mirrors.flatMap(({ snapshot }) => snapshot.environments.filter(isAbsolute));
  return openStore({ dir, pointers: [...new Set(pointers)] });
}

/** A mirror's part of the store; another tool's link of its name may give way to it. */
export function collectionOf(
  store: Store,
  { id, snapshot }: MirrorConfig,
  options: { readonly replaceLink?: boolean } = {},
): Collection {
  return store.collection(id, { snapshots: snapshot.path, ...options });
}

/**
 * Opens the mirrors that the words name, or all, as their owner.
 * @param writes - The command changes something: whoever may not is told at once.
 * @param read - Reads what only the starting user may read, before the process becomes the owner.
 * @throws ConfigError; CliError ERR_CLI_UNKNOWN_MIRROR, ERR_CLI_NOT_OWNER.
 */
export async function openMirrors(
  words: Words,
  options: {
    readonly verb: Verb;
    readonly writes: boolean;
    readonly flags: Flags;
    readonly host: Host;
    read?(mirrors: readonly MirrorConfig[]): Promise<void>;
  },
): Promise<OpenMirrors> {
  const { verb, writes, flags, host } = options;
  const who = whoAmI(host);
  const config = await readConfiguration(flags, host);
  const { ids, id = [] } = words.positionals;
  const selected = await selectMirrors(config.mirrors, ids ?? id);
  const log = openLog(config, flags, host, selected.length > 1);
  await options.read?.(selected);
  becomeOwner(config.dir);
  if (writes && !flags.dryRun) {
    requireWriter(config.dir, commandLine(verb, words, flags, host));
  }
  const store = storeOf(config);
  const mirrors = selected.map((mirror) => ({ mirror, collection: collectionOf(store, mirror) }));
  return { config, mirrors, store, who, log };
}
