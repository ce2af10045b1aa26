import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import { createUnpacker, diffFiles, diffTrees, type TreeDiff } from "@mirror/sync";
import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { productionOf, stagingOf } from "../../environments.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { diffMarkdown } from "../../render/diff-markdown.js";
import { diffText } from "../../render/diff-text.js";
import { openScratch } from "../../scratch.js";
import { wordOf } from "../../words.js";

/** The packages that differ between two trees of a mirror. */
export interface MirrorDiff extends TreeDiff {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/**
 * Says which packages differ between two snapshots, by default what a promote would bring; takes no
 * lock.
 * @returns The exit status: 1 if any mirror could not be compared.
 */
export async function diffSnapshots(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "snapshot diff";
  const { mirrors, log } = await openMirrors(words, { verb, writes: false, flags, host });
  const round: Round = { verb, doing: "comparing snapshots", flags, host, log };
  const reader = { unpacker: createUnpacker(), signal: host.signal };
  using scratch = openScratch(host);
  const outcomes = await eachMirror(round, mirrors, async (open): Promise<MirrorDiff> => {
    const { id } = open.mirror;
    const before = named(open, wordOf(words, "a") ?? productionOf(open.mirror), scratch.path);
    const after = named(open, wordOf(words, "b") ?? stagingOf(open.mirror), scratch.path);
    const deleted = [before, after].flatMap(({ tree, gone }) => (gone ? [tree.generation] : []));
    if (deleted.length > 0) {
      const names = [...new Set(deleted)].join(", ");
      log.warn(`${names}: deleted; compared by the names of the files it had`, { mirror: id });
    }
    const { groups } =
      deleted.length > 0
        ? diffFiles(before.tree.files(), after.tree.files())
        : await diffTrees(before.tree, after.tree, reader);
    return { id, before: before.tree.generation, after: after.tree.generation, groups };
  });
  if (!flags.json) {
    const render = words.switches.has("markdown") ? diffMarkdown : diffText;
    for (const diff of resultsOf(outcomes)) host.stdout.write(render(diff));
  }
  return finishRound(round, outcomes, ({ id: _told, ...diff }) => diff);
}

/** A tree, or of one that was deleted the manifest alone. */
interface Named {
  readonly tree: SealedTree;
  readonly gone: boolean;
}

/** What `latest`, an environment or the name of a snapshot, deleted or not, means. */
function named(open: OpenMirror, name: string, scratch: string): Named {
  const { mirror, collection } = open;
  const isPointer = name === "latest" || mirror.snapshot.environments.includes(name);
  if (!isPointer) {
    const deleted = collection.snapshot(name) === undefined && keptOf(open, name, scratch);
    return deleted
      ? { tree: deleted, gone: true }
      : { tree: namedSnapshot(open, name), gone: false };
  }
  const shown = collection.resolve(name);
  if (shown !== undefined) return { tree: shown, gone: false };
  throw new CliError("ERR_CLI_NOTHING_SHOWN", `${name} shows nothing yet`, {
    path: name,
    suggestion: `name two snapshots: mirrorctl snapshot list ${mirror.id}`,
  });
}

/** In a directory of its own: the same may be named twice. */
function keptOf({ collection }: OpenMirror, name: string, scratch: string) {
  return collection.keptTree(name, mkdtempSync(join(scratch, "kept-")));
}
