import { Deb822Error } from "./error.js";
import { controlFile, fieldValue, run, type StanzaSyntax } from "./grammar.js";
import { parseStanzas } from "./read.js";
import type { Stanza } from "./stanza.js";
import { checkName, checkValue, type FieldSource, formatField, formatStanza } from "./write.js";

/** A stanza whose fields can be changed where they stand in their file. */
export interface EditableStanza extends Stanza {
  /**
   * Gives a field a value: in its place where the stanza has it, else as the last field. Comments
   * between the lines of the old value go with it.
   *
   * @throws {@link Deb822Error} `ERR_DEB822_BAD_FIELD_NAME`, `_BAD_FIELD_VALUE`
   */
  set(name: string, value: string): void;
  /**
   * Takes a field out, its comment lines stay.
   *
   * @returns whether there was one
   * @throws {@link Deb822Error} `ERR_DEB822_STANZA_COUNT` for the last field of a stanza
   */
  delete(name: string): boolean;
}

/** A file of control data under edit. */
export interface EditableFile {
  readonly stanzas: readonly EditableStanza[];
  /** Adds a stanza at the end; throws as {@link formatStanza}. */
  append(fields: FieldSource): void;
  /** The text: but for the fields changed, every character is the one that was read. */
  toString(): string;
}

/**
 * Opens control data for changes that leave the rest as it is: comments, order, blanks, line ends.
 *
 * @example
 * ```ts
 * const file = editStanzas("# by hand\nSource: x\nPriority:   extra\n");
 * file.stanzas[0]?.set("Priority", "optional");
 * file.toString(); // "# by hand\nSource: x\nPriority:   optional\n"
 * ```
 * @throws {@link Deb822Error} as {@link parseStanzas}
 */
export function editStanzas(text: string): EditableFile {
  const read = parseStanzas(text);
  const reply = run(controlFile, text);
  if (!reply.status || reply.index !== text.length || reply.value.length !== read.length) {
    throw new Deb822Error("ERR_DEB822_SYNTAX", "not control data");
  }
  const newline = /\r\n/.test(text.slice(0, text.indexOf("\n") + 1)) ? "\r\n" : "\n";
  const pieces: (string | TextStanza)[] = [];
  let at = 0;
  reply.value.forEach((syntax, index) => {
    const stanza = new TextStanza(text, syntax, read[index] as Stanza, newline);
    pieces.push(text.slice(at, syntax.start), stanza);
    at = stanza.end;
  });
  pieces.push(text.slice(at));
  return {
    stanzas: pieces.filter((piece) => piece instanceof TextStanza),
    append(fields) {
      const written = formatStanza(fields).replaceAll("\n", newline);
      const before = pieces.join("");
      const gap = before === "" || /\n\r*\n$/.test(before) ? "" : newline;
      pieces.push(before === "" || before.endsWith("\n") ? gap : newline + gap, written);
    },
    toString: () => pieces.join(""),
  };
}

interface FieldText {
  name: string;
  /** Up to where the value begins: comments above the field, name, colon, blanks. */
  head: string;
  value: string;
  written: string;
  /** Blanks and line end. */
  tail: string;
}

class TextStanza implements EditableStanza {
  readonly line: number;
  /** Where the last field's comments end in the text read. */
  readonly end: number;
  readonly #read: Stanza;
  readonly #newline: string;
  readonly #fields: FieldText[];

  constructor(text: string, syntax: StanzaSyntax, read: Stanza, newline: string) {
    this.line = read.line;
    this.#read = read;
    this.#newline = newline;
    let at = syntax.start;
    this.#fields = syntax.fields.map((field) => {
      const value = fieldValue(field.lines);
      const rest = text.slice(field.valueStart, field.valueEnd);
      const blanks = value === "" || value.startsWith("\n") ? 0 : rest.search(/[^ \t]/);
      const valueAt = field.valueStart + blanks;
      const head = text.slice(at, valueAt);
      let writtenEnd = field.valueEnd;
      while (writtenEnd > valueAt && " \t".includes(text[writtenEnd - 1] ?? "x")) writtenEnd--;
      at = field.end;
      return {
        name: field.name,
        head,
        value,
        written: text.slice(valueAt, writtenEnd),
        tail: text.slice(writtenEnd, field.end),
      };
    });
    this.end = at;
  }

  get(name: string): string | undefined {
    return this.#find(name)?.value;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  lineOf(name: string): number | undefined {
    return this.has(name) ? this.#read.lineOf(name) : undefined;
  }

  *entries(): IterableIterator<[string, string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }

  set(name: string, value: string): void {
    checkName(name);
    checkValue(name, value);
    const field = this.#find(name);
    if (field === undefined) {
      const last = this.#fields.at(-1);
      if (last !== undefined && !last.tail.endsWith("\n")) last.tail += this.#newline;
      const written = formatField(name, value).slice(name.length + 1, -1);
      this.#fields.push({
        name,
        head: `${name}:`,
        value,
        written: written.replaceAll("\n", this.#newline),
        tail: this.#newline,
      });
      return;
    }
    if (field.value === value) return;
    const blank = value === "" || value.startsWith("\n") || /[ \t]$/.test(field.head) ? "" : " ";
    field.value = value;
    field.written = blank + value.replaceAll("\n", this.#newline);
  }

  delete(name: string): boolean {
    const field = this.#find(name);
    if (field === undefined) return false;
    if (this.#fields.length === 1) {
      throw new Deb822Error("ERR_DEB822_STANZA_COUNT", "a stanza without fields", {
        field: field.name,
      });
    }
    // comments above the field stand in its head
    const comments = field.head.slice(0, field.head.lastIndexOf("\n") + 1);
    const index = this.#fields.indexOf(field);
    const next = this.#fields[index + 1];
    if (next !== undefined) next.head = comments + next.head;
    else if (comments !== "") (this.#fields[index - 1] as FieldText).tail += comments;
    this.#fields.splice(index, 1);
    return true;
  }

  toString(): string {
    return this.#fields.map(({ head, written, tail }) => head + written + tail).join("");
  }

  #find(name: string): FieldText | undefined {
    const lower = name.toLowerCase();
    return this.#fields.find((field) => field.name.toLowerCase() === lower);
  }
}
