import { parse, TomlError } from "smol-toml";
import type { ConfigProblem } from "./error.js";
import { type Locate, locateKeys } from "./locate.js";
import { maskLine, printable } from "./printable.js";
import { isTable, type Table, type TomlValue, withoutPrototypes } from "./toml.js";

/** The text of one file. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One file as TOML sees it. */
export interface Document {
  readonly file: string;
  readonly table: Table;
  readonly locate: Locate;
}

// Deeper than any configuration; it bounds the recursion of whoever walks the values.
const MAX_DEPTH = 32;
const MAX_FRAME_LINE = 200;

/** Parses one file; a syntax error is a problem with its line, column and code frame. */
export function readDocument({
  path,
  text,
}: Source): Document | { readonly problem: ConfigProblem } {
  const toml = text.startsWith("\ufeff") ? text.slice(1) : text;
  try {
    const parsed = parse(toml, { integersAsBigInt: true, maxDepth: MAX_DEPTH });
    const table = withoutPrototypes(parsed as TomlValue, MAX_DEPTH);
    // Dotted keys nest tables without the parser's counting them.
    if (!isTable(table)) return { problem: tooDeep(path) };
    return { file: path, table, locate: locateKeys(toml) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problem: toProblem(path, error) };
  }
}

function tooDeep(path: string): ConfigProblem {
  const message = `tables are nested deeper than ${MAX_DEPTH}`;
  return { code: "ERR_CONFIG_BAD_TOML", path: "", file: printable(path), message };
}

function toProblem(path: string, error: TomlError): ConfigProblem {
  const reason = /^Invalid TOML document: (.*)/.exec(error.message)?.[1] ?? "syntax error";
  return {
    code: "ERR_CONFIG_BAD_TOML",
    path: "",
    file: printable(path),
    line: error.line,
    column: error.column,
    message: `not TOML: ${printable(maskLine(reason))}`,
    frame: error.codeblock
      .trimEnd()
      .split("\n")
      .map((line) => printable(maskLine(line.replace(/\r$/, "")).slice(0, MAX_FRAME_LINE)))
      .join("\n"),
  };
}
