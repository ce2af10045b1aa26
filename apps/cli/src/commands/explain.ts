import {
  createUnpacker,
  type ExplainedPackage,
  type Explanation,
  explainPackage,
  type Filters,
} from "@mirror/sync";
import { eachMirror, finishRound, type Round, resultsOf } from "../each-mirror.js";
import { CliError } from "../error.js";
import { readFilters } from "../filters.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { openMirrors } from "../open-mirrors.js";
import { explanationText } from "../render/explanation.js";
import { requiredWord } from "../words.js";

/** What is to say of a package in one mirror. */
export interface MirrorExplanation extends Explanation {
  readonly id: string;
  readonly package: string;
  /** What `latest` shows. */
  readonly generation: string;
  readonly versions: readonly ExplainedPackage[];
}

/**
 * Says of every version of a package that upstream lists whether the mirror has it, and why: of what
 * `latest` shows, without lock or network.
 * @returns The exit status: 1 if any mirror has nothing to look into.
 */
export async function explainPackages(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "explain";
  const name = requiredWord(words, "package");
  const filters = new Map<string, Filters | undefined | { readonly error: unknown }>();
  const { mirrors, log } = await openMirrors(words, {
    verb,
    writes: false,
    flags,
    host,
    async read(selected) {
      for (const mirror of selected) {
        const read = await readFilters(mirror).catch((error: unknown) => ({ error }));
        filters.set(mirror.id, read);
      }
    },
  });
  const round: Round = { verb, doing: "reading the indices", flags, host, log };
  const reader = { unpacker: createUnpacker(), signal: host.signal };
  const outcomes = await eachMirror(
    round,
    mirrors,
    async ({ mirror, collection }): Promise<MirrorExplanation> => {
      const wanted = filters.get(mirror.id);
      if (wanted && "error" in wanted) throw wanted.error;
      const tree = collection.latest();
      if (tree === undefined) {
        throw new CliError("ERR_CLI_NOTHING_SHOWN", "latest shows nothing yet", {
          path: "latest",
          suggestion: `mirrorctl sync ${mirror.id}`,
        });
      }
      const explanation = await explainPackage(tree, wanted, name, reader);
      return { id: mirror.id, package: name, generation: tree.generation, ...explanation };
    },
  );
  if (!flags.json) {
    for (const explanation of resultsOf(outcomes)) host.stdout.write(explanationText(explanation));
  }
  return finishRound(round, outcomes, ({ id: _told, ...explanation }) => explanation);
}
