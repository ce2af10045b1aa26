import type { Output } from "../host.js";
import { paint } from "./colour.js";
import { escapeText } from "./escape.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts that go with a message. JSON has them all, text shows `hint` and `details`. */
export interface LogFacts {
  /** The mirror that the message is about. */
  readonly mirror?: string;
  /** The message names the mirror itself. */
  readonly named?: boolean;
  readonly code?: string;
  /** What to do next. */
  readonly hint?: string;
  /** One line each, below the message. */
  readonly details?: readonly string[];
  /** Everything else, for JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Writes records of a level or above. */
export interface Log {
  readonly level: LogLevel;
  debug(message: string, facts?: LogFacts): void;
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
  /** Sends the lines of this log elsewhere, or back (`undefined`): a live display draws around them. */
  divert(write: ((text: string) => void) | undefined): void;
}

export interface LogOptions {
  readonly output: Output;
  readonly level: LogLevel;
  /** `plain` has neither colours nor the level before ordinary lines. */
  readonly format: "text" | "plain" | "json";
  readonly colour: boolean;
  /** Several mirrors write to this log: their lines say whose they are. */
  readonly several: boolean;
  now(): Date;
}

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const INDENT = "      ";
const STYLE = { debug: "dim", info: "green", warn: "yellow", error: "red" } as const;

/** Makes the log of one command. */
export function createLog(options: LogOptions): Log {
  let write = (text: string): void => {
    options.output.write(text);
  };
  const direct = write;
  const record = (level: LogLevel) => {
    const shown = ORDER.indexOf(level) >= ORDER.indexOf(options.level);
    return (message: string, facts: LogFacts = {}): void => {
      if (!shown) return;
      const format = options.format === "json" ? jsonLine : textLines;
      write(format(level, message, facts, options));
    };
  };
  return {
    level: options.level,
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
    divert(to) {
      write = to ?? direct;
    },
  };
}

function textLines(level: LogLevel, message: string, facts: LogFacts, options: LogOptions): string {
  const whose =
    facts.mirror !== undefined && facts.named !== true && (options.several || level === "error")
      ? `${facts.mirror}: `
      : "";
  const text = escapeText(`${whose}${message}`);
  const plain = options.format === "plain";
  const word = level.toUpperCase().padEnd(INDENT.length);
  const dressed = options.colour && !plain ? paint(STYLE[level], word) : word;
  const lines = [
    plain && level === "info" ? text : `${plain ? `${word.trimEnd()}: ` : dressed}${text}`,
  ];
  for (const detail of facts.details ?? []) lines.push(`${INDENT}${escapeText(detail)}`);
  if (facts.hint !== undefined) {
    const hint = `${INDENT}hint: ${escapeText(facts.hint)}`;
    lines.push(options.colour && !plain ? paint("cyan", hint) : hint);
  }
  return `${lines.join("\n")}\n`;
}

function jsonLine(level: LogLevel, message: string, facts: LogFacts, options: LogOptions): string {
  const { mirror, code, hint, details } = facts;
  const head = { time: options.now().toISOString(), level, msg: escapeText(message) };
  const record = Object.assign({ ...head }, facts.facts, head, {
    ...(code === undefined ? {} : { code }),
    ...(mirror === undefined ? {} : { mirror }),
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined || details.length === 0 ? {} : { details: details.map(escapeText) }),
  });
  return `${JSON.stringify(record)}\n`;
}
