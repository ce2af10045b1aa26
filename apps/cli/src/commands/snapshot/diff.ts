import type { SealedTree } from "@mirror/snapshot";
import { createUnpacker, diffTrees, type TreeDiff } from "@mirror/sync";
import { eachMirror, finishRound, type Round, resultsOf } from "../../each-mirror.js";
import { productionOf, stagingOf } from "../../environments.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { diffMarkdown } from "../../render/diff-markdown.js";
import { diffText } from "../../render/diff-text.js";
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
  const outcomes = await eachMirror(round, mirrors, async (open): Promise<MirrorDiff> => {
    const before = treeNamed(open, wordOf(words, "a") ?? productionOf(open.mirror));
    const after = treeNamed(open, wordOf(words, "b") ?? stagingOf(open.mirror));
    const { groups } = await diffTrees(before, after, reader);
    const { id } = open.mirror;
    return { id, before: before.generation, after: after.generation, groups };
  });
  if (!flags.json) {
    const render = words.switches.has("markdown") ? diffMarkdown : diffText;
    for (const diff of resultsOf(outcomes)) host.stdout.write(render(diff));
  }
  return finishRound(round, outcomes, ({ id: _told, ...diff }) => diff);
}

/** What `latest`, an environment or the name of a snapshot means. */
function treeNamed(open: OpenMirror, name: string): SealedTree {
  const { mirror, collection } = open;
  const isPointer = name === "latest" || mirror.snapshot.environments.includes(name);
  if (!isPointer) return namedSnapshot(open, name);
  const shown = collection.resolve(name);
  if (shown !== undefined) return shown;
  throw new CliError("ERR_CLI_NOTHING_TO_PROMOTE", `${name} shows nothing yet`, {
    path: name,
    suggestion: `name two snapshots: mirrorctl snapshot list ${mirror.id}`,
  });
}
