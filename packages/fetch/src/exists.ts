import { askHead } from "./ask-head.js";
import { askInTurn, type Patience } from "./attempts.js";
import type { Transport } from "./transport.js";

/**
 * Whether a URL has something; see `Fetcher.exists`.
 *
 * @throws FetchError
 */
export async function exists(
  url: string,
  signal: AbortSignal | undefined,
  transport: Transport,
  patience: Patience,
): Promise<boolean> {
  const answer = await askInTurn([url], signal, patience, async (attempt) => {
    const head = await askHead(attempt, signal, transport, patience);
    return head === undefined ? { kind: "missing" } : { kind: "done", value: true };
  });
  return answer !== undefined;
}
