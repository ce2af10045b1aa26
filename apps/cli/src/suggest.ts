import { closest } from "@mirror/config";

/**
 * The candidate that `word` abbreviates, if there is just one, else the one with the fewest typing
 * errors, if they are few.
 */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const longer = candidates.filter((candidate) => candidate.startsWith(word));
  return longer.length === 1 && word.length > 1 ? longer[0] : closest(word, candidates);
}
