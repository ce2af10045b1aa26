import { sizeMismatch } from "./check-stream.js";
import { headerOf, type Receiver, type ResponseHead } from "./exchange.js";
import { isRestOf, type Validator, validatorOf } from "./resume.js";

/** A partial turned out not to be a part of what the server has. */
export class StartOver extends Error {
  override readonly name = "StartOver";
}

/** Where the bytes of a body go. */
export interface BodyTaker {
  /** The body begins at byte 0 and has this validator. */
  begin(validator: Validator | undefined): void;
  /** The body goes on where the partial ends; false if the partial is not as it was left. */
  goOn(): boolean;
  take(chunk: Buffer, url: URL): void;
  /** The body is complete as HTTP frames it. @returns its SHA-256 if it is right. */
  finish(head: ResponseHead, url: URL): string;
}

/** The answer to one attempt at a download: decides if its body is wanted and hands it on. */
export class Body implements Receiver {
  /** Something of the body may have been taken. */
  began = false;
  /** The body went on where a partial ended. */
  resumed = false;
  /** Bytes taken. */
  bytes = 0;
  /** Lower-case hex, once the body is complete and right. */
  sha256: string | undefined;
  readonly #taker: BodyTaker;
  readonly #url: URL;
  readonly #size: number;
  readonly #resumable: { from: number; validator: Validator } | undefined;

  constructor(
    taker: BodyTaker,
    url: URL,
    size: number,
    resumable: { from: number; validator: Validator } | undefined,
  ) {
    this.#taker = taker;
    this.#url = url;
    this.#size = size;
    this.#resumable = resumable;
  }

  head(head: ResponseHead): boolean {
    if (head.status === 206 && this.#resumable !== undefined) {
      const { from, validator } = this.#resumable;
      if (!isRestOf(head, from, this.#size, validator)) {
        throw new StartOver();
      }
      this.began = true;
      this.resumed = true;
      if (!this.#taker.goOn()) {
        throw new StartOver();
      }
      return true;
    }
    if (head.status !== 200) {
      return false;
    }
    const length = headerOf(head, "content-length");
    if (length !== undefined && Number(length) !== this.#size) {
      throw sizeMismatch(this.#size, length, this.#url.href);
    }
    this.began = true;
    this.#taker.begin(validatorOf(head));
    return true;
  }

  chunk(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#taker.take(bytes, this.#url);
  }

  end(head: ResponseHead): void {
    this.sha256 = this.#taker.finish(head, this.#url);
  }
}
