import type P from "parsimmon";
import { Deb822Error, type Deb822ErrorCode } from "./error.js";
import { codeFrame, printable } from "./frame.js";
import { run } from "./grammar.js";

/** What a value should have been, for the error when it is not. */
export interface ValueKind {
  readonly code: Deb822ErrorCode;
  /** As in "not a list of relations". */
  readonly what: string;
}

/** Parses the whole of a value, or throws with the place in it and what could have stood there. */
export function parseValue<T>(parser: P.Parser<T>, text: string, kind: ValueKind): T {
  const reply = run(parser, text);
  if (reply.status && reply.index === text.length) return reply.value;
  const index = Math.max(reply.furthest, reply.status ? reply.index : 0);
  const alternatives = reply.furthest === index ? reply.expected : [];
  const before = text.slice(0, index).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const line = before.length;
  const lineText = text.split("\n", line).at(-1) ?? "";
  const found = index < text.length ? `"${printable(text.slice(index), 20)}"` : "the end";
  const expected = alternatives.join(" or ");
  const wanted = expected === "" ? "" : `expected ${expected}, `;
  throw new Deb822Error(
    kind.code,
    `not ${kind.what}: ${wanted}got ${found} at index ${index} of "${printable(text, 60)}"`,
    {
      frame: codeFrame([lineText], line, column),
      found,
      ...(expected !== "" && { expected }),
    },
  );
}
