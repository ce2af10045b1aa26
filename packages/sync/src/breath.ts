import { setImmediate } from "node:timers/promises";

/** How long a loop may go on before others in this process get a turn, in ms. */
const TURN = 20;

/** For loops that wait for nothing: without a pause now and then no signal would be heard. */
export interface Breath {
  /** Whether it is time for a pause. */
  readonly isDue: boolean;
  /** Lets others have a turn. @throws the reason of the signal */
  take(): Promise<void>;
}

/** Begins to keep the time of a loop. */
export function createBreath(signal: AbortSignal | undefined): Breath {
  let since = performance.now();
  return {
    get isDue() {
      return performance.now() - since > TURN;
    },
    async take() {
      await setImmediate();
      signal?.throwIfAborted();
      since = performance.now();
    },
  };
}
