import type { Candidate, CandidateIndex } from "./candidate.js";
import { ownText } from "./own-text.js";

/** What is looked at once or never, in the order in which a row has it. */
const PATH = 0;
const SOURCE = 1;
const DEPENDS = 2;
const PRE_DEPENDS = 3;
const RECOMMENDS = 4;
const PROVIDES = 5;

/**
 * Makes copies of candidates that are kept in a quarter of the memory: what is compared as strings
 * of its own, all else as bytes of which the garbage collector knows nothing.
 */
export function candidatePacker(): (candidate: Candidate) => Candidate {
  const rows = new Rows();
  const shared = new Map<string, string>();
  // Sections, architectures and the like are few: one string stands for all that are equal.
  const share = (text: string): string => {
    const own = shared.get(text) ?? ownText(text);
    if (shared.size < 1000) shared.set(own, own);
    return own;
  };
  return (candidate) => new PackedCandidate(candidate, rows, share);
}

class PackedCandidate implements Candidate {
  readonly index: CandidateIndex;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly section: string;
  readonly priority: string;
  readonly multiArch: string;
  readonly #rows: Rows;
  readonly #row: number;

  constructor(candidate: Candidate, rows: Rows, share: (text: string) => string) {
    const { path, source, depends, preDepends, recommends, provides } = candidate;
    this.index = candidate.index;
    this.name = ownText(candidate.name);
    this.version = ownText(candidate.version);
    this.architecture = share(candidate.architecture);
    this.section = share(candidate.section);
    this.priority = share(candidate.priority);
    this.multiArch = share(candidate.multiArch);
    this.#rows = rows;
    this.#row = rows.add([path, source, depends, preDepends, recommends, provides]);
  }

  get path(): string {
    return this.#rows.text(this.#row, PATH);
  }

  get source(): string {
    return this.#rows.text(this.#row, SOURCE);
  }

  get depends(): string {
    return this.#rows.text(this.#row, DEPENDS);
  }

  get preDepends(): string {
    return this.#rows.text(this.#row, PRE_DEPENDS);
  }

  get recommends(): string {
    return this.#rows.text(this.#row, RECOMMENDS);
  }

  get provides(): string {
    return this.#rows.text(this.#row, PROVIDES);
  }
}

/** Bytes that are taken at a time. */
const BLOCK = 1 << 20;

/** Bytes before each text, which say how many it has. */
const PREFIX = 4;

/** Texts in rows, by the address of the row: the number of its block times {@link BLOCK}, and the byte. */
class Rows {
  readonly #blocks: Buffer[] = [];
  /** Bytes of the last block that are taken. */
  #taken = 0;

  add(texts: readonly string[]): number {
    const lengths = texts.map((text) => Buffer.byteLength(text));
    const length = lengths.reduce((sum, bytes) => sum + PREFIX + bytes, 0);
    const block = this.#blockFor(length);
    const address = (this.#blocks.length - 1) * BLOCK + this.#taken;
    for (const [at, text] of texts.entries()) {
      const bytes = lengths[at] ?? 0;
      block.writeUInt32LE(bytes, this.#taken);
      block.write(text, this.#taken + PREFIX);
      this.#taken += PREFIX + bytes;
    }
    return address;
  }

  text(address: number, number: number): string {
    let at = address % BLOCK;
    const block = this.#blocks[(address - at) / BLOCK];
    if (!block) return "";
    for (let before = 0; before < number; before++) at += PREFIX + block.readUInt32LE(at);
    const length = block.readUInt32LE(at);
    return length === 0 ? "" : block.toString("utf8", at + PREFIX, at + PREFIX + length);
  }

  /** The last block, or another one where it has not as much left: a row lies in one block. */
  #blockFor(length: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last && this.#taken + length <= last.length) return last;
    const block = Buffer.allocUnsafeSlow(Math.max(BLOCK, length));
    this.#blocks.push(block);
    this.#taken = 0;
    return block;
  }
}
