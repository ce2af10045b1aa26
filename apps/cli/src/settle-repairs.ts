import type { TreatingRound } from "./damage-treatment.js";
import { eachMirror, type Outcome, resultsOf } from "./each-mirror.js";
import { judgeRepaired } from "./judge-repaired.js";
import { mendedNames } from "./mended-names.js";
import type { OpenMirror } from "./open-mirrors.js";
import { logError } from "./render/failure.js";
import type { VerifiedMirror } from "./verified-mirror.js";

/**
 * Ends the treatment of several mirrors: looks again at those of which one repair has left something
 * that a later one has mended, as each upstream has other files, and then says what is wrong.
 */
export async function settleRepairs(
  round: TreatingRound,
  mirrors: readonly OpenMirror[],
  outcomes: readonly Outcome<VerifiedMirror>[],
): Promise<Outcome<VerifiedMirror>[]> {
  const results = resultsOf(outcomes);
  const again = mirrors.flatMap((open) => {
    const at = results.findIndex(({ id }) => id === open.mirror.id);
    const { trees, repair } = results[at] ?? {};
    if (!trees || !repair) return [];
    const repairs = results.slice(at).flatMap((result) => result.repair ?? []);
    const { has } = mendedNames(repairs);
    const left = repair.contents
      .flatMap(({ names }) => names)
      .filter((name) => name.outcome === "left");
    return left.some(has) ? [{ ...open, open, repaired: { trees, repair }, repairs }] : [];
  });
  const judged = await eachMirror(round, again, ({ open, repaired, repairs }) =>
    judgeRepaired(round, open, repaired, repairs),
  );
  const settled = outcomes.map((outcome) => judged.find(({ id }) => id === outcome.id) ?? outcome);
  const { verb, doing, flags, log } = round;
  for (const { id, error } of resultsOf(settled)) {
    const context = { mirror: id, doing, command: verb, verbose: flags.verboseErrors };
    if (error) logError(log, error, context);
  }
  return settled;
}
