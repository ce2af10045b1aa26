import { type Aborts, abortedError } from "./abort.js";
import { FetchError } from "./error.js";
import type { HostHealth } from "./host-health.js";
import type { Settings } from "./options.js";
import { redactUrl } from "./redact.js";
import { pauseBefore, verdictOn } from "./retry.js";

/** Requests for one file, over all its URLs (redirects not counted). */
const MOST_ATTEMPTS = 20;

/** One attempt at one URL. */
export interface Attempt {
  readonly url: URL;
  /** The URL before gave other content: caches on the way are to be passed by. */
  readonly afterMismatch: boolean;
  /** To be called when the request gets its turn. @throws FetchError if its host was given up. */
  onTurn(): void;
  /** Bytes that this attempt brought and that are kept for the next one. */
  kept: number;
}

/** What came of one attempt; `again` asks the same URL at once, without a body to resume. */
export type Answer<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "missing" }
  | { readonly kind: "again" };

/** What {@link askInTurn} needs besides URLs. */
export interface Patience {
  readonly settings: Settings;
  readonly aborts: Aborts;
  readonly health: HostHealth;
}

/**
 * Asks one URL after the other until one answers as wanted, each again while its failure may pass.
 *
 * Each URL gets an equal share of the 20 attempts and of `giveUpAfter`, and at least one attempt.
 *
 * @returns what the attempt returned and the URL as given; undefined if all URLs lack the file.
 * @throws FetchError the failure of the last URL that failed, the others' in its `others`.
 */
export async function askInTurn<T>(
  urls: readonly string[],
  signal: AbortSignal | undefined,
  patience: Patience,
  ask: (attempt: Attempt) => Promise<Answer<T>>,
): Promise<{ value: T; url: string } | undefined> {
  const failures: FetchError[] = [];
  let attempts = 0;
  let spent = 0;
  for (const [index, given] of urls.entries()) {
    const remaining = urls.length - index;
    const allowed = Math.max(1, Math.floor((MOST_ATTEMPTS - spent) / remaining));
    const asking = new AskingOne(
      new URL(given),
      allowed,
      patience.settings.giveUpAfter / urls.length,
      patience,
      signal,
    );
    const outcome = await asking.run(ask);
    attempts += asking.attempts;
    // A plain no costs nothing: twenty URLs that lack the file must not keep the next from being asked.
    if (outcome.kind !== "missing") spent += asking.attempts;
    if (outcome.kind === "done") {
      return { value: outcome.value, url: given };
    }
    if (outcome.kind === "failed") {
      const { error } = outcome;
      failures.push(error);
      if (verdictOn(error) === "stop") {
        break;
      }
    }
  }
  const error = failures.pop();
  if (error === undefined) {
    return undefined;
  }
  throw error.with({ attempts, others: failures });
}

type Outcome<T> = Exclude<Answer<T>, { kind: "again" }> | { kind: "failed"; error: FetchError };

/** The attempts at one URL. */
class AskingOne {
  attempts = 0;
  readonly #url: URL;
  readonly #allowed: number;
  readonly #giveUpAfter: number;
  readonly #patience: Patience;
  readonly #signal: AbortSignal | undefined;
  #retries = 0;
  #mismatched = false;
  /** Ms spent on attempts and pauses since something last was gained. */
  #idle = 0;
  /** When the attempt got its turn, by `performance.now()`. */
  #started: number | undefined;

  constructor(
    url: URL,
    allowed: number,
    giveUpAfter: number,
    patience: Patience,
    signal: AbortSignal | undefined,
  ) {
    this.#url = url;
    this.#allowed = allowed;
    this.#giveUpAfter = giveUpAfter;
    this.#patience = patience;
    this.#signal = signal;
  }

  async run<T>(ask: (attempt: Attempt) => Promise<Answer<T>>): Promise<Outcome<T>> {
    const { health } = this.#patience;
    let last: FetchError | undefined;
    while (this.attempts < this.#allowed) {
      this.#started = undefined;
      const attempt: Attempt = {
        url: this.#url,
        afterMismatch: this.#mismatched,
        onTurn: () => this.#onTurn(),
        kept: 0,
      };
      try {
        const answer = await ask(attempt);
        health.progress(this.#url.host);
        if (answer.kind !== "again") {
          return answer;
        }
      } catch (error) {
        if (!(error instanceof FetchError)) {
          throw error;
        }
        if (this.#started === undefined && verdictOn(error) !== "stop") {
          // Never sent: the host was given up. What came of an earlier attempt tells more.
          last ??= error;
          break;
        }
        last = error;
        if (!(await this.#mayGoOn(error, attempt))) {
          break;
        }
      }
    }
    last ??= new FetchError("ERR_FETCH_BROKEN", "no attempt was left", {
      url: redactUrl(this.#url.href),
    });
    return { kind: "failed", error: last };
  }

  #onTurn(): void {
    if (this.#started !== undefined) {
      // A redirect of the same attempt.
      return;
    }
    const now = performance.now();
    const hopeless = this.#patience.health.givenUp(this.#url.host, now);
    if (hopeless !== undefined) {
      const reason = `${this.#url.host} was given up, as nothing came from it: ${hopeless.reason}`;
      throw hopeless.with({ url: redactUrl(this.#url.href) }, reason);
    }
    this.#started = now;
    this.attempts++;
  }

  async #mayGoOn(error: FetchError, attempt: Attempt): Promise<boolean> {
    const verdict = verdictOn(error);
    if (verdict === "once-more") {
      const first = !this.#mismatched;
      this.#mismatched = true;
      return first;
    }
    if (verdict !== "again") {
      return false;
    }
    const { settings, health } = this.#patience;
    const now = performance.now();
    const started = this.#started ?? now;
    if (attempt.kept > 0) {
      this.#idle = 0;
    } else {
      health.failure(this.#url.host, started, now, error);
      this.#idle += now - started;
    }
    this.#retries++;
    if (this.#retries > settings.retries || this.attempts >= this.#allowed) {
      return false;
    }
    const asked = Math.min(error.retryAfter ?? 0, this.#giveUpAfter / 2);
    const pause = Math.max(pauseBefore(this.#retries, settings.retryDelay), asked);
    this.#idle += pause;
    if (this.#idle > this.#giveUpAfter) {
      return false;
    }
    await this.#sleep(pause);
    return true;
  }

  #sleep(ms: number): Promise<void> {
    const { aborts } = this.#patience;
    return new Promise((resolve, reject) => {
      const aborted = aborts.reason(this.#signal);
      if (aborted !== undefined) {
        reject(abortedError(this.#url, aborted.reason));
        return;
      }
      const timer = setTimeout(() => {
        stopListening();
        resolve();
      }, ms);
      const stopListening = aborts.on(this.#signal, (reason) => {
        clearTimeout(timer);
        reject(abortedError(this.#url, reason));
      });
    });
  }
}
