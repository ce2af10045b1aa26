/**
 * Hands out the items of batches one by one, each seen through `view`.
 *
 * An async generator by hand: it makes one promise per item where the language's makes three, a
 * tenth of the time that an index of 63,000 stanzas takes.
 */
export class ItemGenerator<Raw, Item> implements AsyncGenerator<Item, void, undefined> {
  readonly #batches: AsyncGenerator<Raw[], void, undefined>;
  readonly #view: (raw: Raw) => Item;
  #batch: Raw[] = [];
  #index = 0;
  #done = false;
  /** Calls that wait for a batch, one behind the other. */
  #waiting: Promise<unknown> | undefined;

  constructor(batches: AsyncGenerator<Raw[], void, undefined>, view: (raw: Raw) => Item) {
    this.#batches = batches;
    this.#view = view;
  }

  next(): Promise<IteratorResult<Item, void>> {
    if (this.#waiting !== undefined || this.#index >= this.#batch.length) {
      return this.#enqueue(() => this.#pull());
    }
    try {
      const value = this.#view(this.#batch[this.#index++] as Raw);
      return Promise.resolve({ done: false, value });
    } catch (error) {
      return this.#enqueue(() => this.#fail(error));
    }
  }

  return(): Promise<IteratorResult<Item, void>> {
    return this.#enqueue(() => this.#stop());
  }

  throw(error: unknown): Promise<IteratorResult<Item, void>> {
    return this.#enqueue(() => this.#fail(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #pull(): Promise<IteratorResult<Item, void>> {
    while (!this.#done && this.#index >= this.#batch.length) {
      const next = await this.#batches.next();
      if (next.done) return this.#stop();
      this.#batch = next.value;
      this.#index = 0;
    }
    if (this.#done) return { done: true, value: undefined };
    try {
      return { done: false, value: this.#view(this.#batch[this.#index++] as Raw) };
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #stop(): Promise<IteratorResult<Item, void>> {
    this.#done = true;
    this.#batch = [];
    await this.#batches.return();
    return { done: true, value: undefined };
  }

  async #fail(error: unknown): Promise<never> {
    await this.#stop();
    throw error;
  }

  #enqueue<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#waiting === undefined ? step() : this.#waiting.then(step);
    const settled = result.then(
      () => {
        if (this.#waiting === settled) this.#waiting = undefined;
      },
      () => {
        this.#done = true;
        if (this.#waiting === settled) this.#waiting = undefined;
      },
    );
    this.#waiting = settled;
    return result;
  }
}
