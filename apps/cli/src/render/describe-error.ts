import { hintFor } from "../hints.js";
import { escapeLines, escapeText } from "./escape.js";

/** Items of a list that are printed before "and N more". */
const SHOWN = 20;

type Fact = string | number | boolean | readonly string[];

/** An error as data: what JSON shows, and what the text is made of. */
export interface DescribedError {
  /** `ERR_...`, or the name that the system gave (`ENOSPC`). */
  readonly code: string;
  readonly message: string;
  /** What was being done when it happened. */
  readonly doing?: string;
  readonly hint?: string;
  /** The problems or failures that the error carries, each in one line; all of them. */
  readonly problems?: readonly { readonly code?: string; readonly message: string }[];
  /** `expected`, `found`, `path`, `url`, ... as the error has them. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

/** Turns whatever was thrown into data, with what to do next. */
export function describeError(error: unknown, doing?: string): DescribedError {
  const problems = problemsOf(error);
  const facts = factsOf(error);
  const hint = hintFor(error);
  return {
    code: codeOf(error),
    message: escapeText(messageOf(error)),
    ...(doing === undefined ? {} : { doing }),
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length === 0 ? {} : { problems }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  };
}

/** The lines below the message: the problems up to 20, then how many more there are. */
export function detailsOf(described: DescribedError): string[] {
  const problems = described.problems ?? [];
  const lines = problems.slice(0, SHOWN).map((problem) => problem.message);
  if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
  return lines;
}

/** Code, stack traces and causes, for `--verbose-errors`. */
export function verboseDetails(error: unknown): string[] {
  const lines = [`code: ${codeOf(error)}`];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < 8; depth++) {
    const text = current instanceof Error ? (current.stack ?? String(current)) : String(current);
    lines.push(...escapeLines(depth === 0 ? text : `caused by ${text}`).split("\n"));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

/** The stable code of an error; `ERR_CLI_UNEXPECTED` for one that has none. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return error instanceof Error && error.name === "AbortError"
    ? "ERR_CLI_STOPPED"
    : "ERR_CLI_UNEXPECTED";
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}

function problemsOf(error: unknown): { code?: string; message: string }[] {
  if (!(error instanceof Error)) return [];
  if ("problems" in error && Array.isArray(error.problems)) {
    return error.problems.map((problem: unknown) => configProblem(problem));
  }
  const facts = "facts" in error ? error.facts : undefined;
  if (isRecord(facts) && Array.isArray(facts.failures)) {
    return facts.failures.map((failure: unknown) => fileFailure(failure));
  }
  if (error instanceof AggregateError) {
    return error.errors.map((one: unknown) => ({
      code: codeOf(one),
      message: escapeText(messageOf(one)),
    }));
  }
  return [];
}

/** `mirror.toml:12:3: mirrors.x.suites: ...`, as compilers write it. */
function configProblem(problem: unknown): { code?: string; message: string } {
  if (!isRecord(problem)) return { message: escapeText(String(problem)) };
  const { file, line, column, path, message, code, suggestion } = problem;
  const place = [file, line, column].filter((part) => part !== undefined && part !== "").join(":");
  const said = String(message);
  const what = path === undefined || path === "" || said.includes(String(path)) ? "" : `${path}: `;
  const instead =
    suggestion === undefined || said.includes(String(suggestion))
      ? ""
      : `; did you mean ${String(suggestion)}?`;
  return {
    ...(typeof code === "string" ? { code } : {}),
    message: escapeText(`${place === "" ? "" : `${place}: `}${what}${said}${instead}`),
  };
}

function fileFailure(failure: unknown): { code?: string; message: string } {
  if (!isRecord(failure)) return { message: escapeText(String(failure)) };
  const path = String(failure.path);
  const message = messageOf(failure.error);
  return {
    code: codeOf(failure.error),
    message: escapeText(message.includes(path) ? message : `${path}: ${message}`),
  };
}

const KEPT_APART = new Set(["name", "code", "message", "stack", "cause", "suggestion"]);

function factsOf(error: unknown): Record<string, Fact> {
  const facts: Record<string, Fact> = {};
  if (!(error instanceof Error)) return facts;
  const own: Record<string, unknown> = { ...error };
  const nested = own.facts;
  for (const [name, value] of Object.entries({ ...own, ...(isRecord(nested) ? nested : {}) })) {
    const fact = KEPT_APART.has(name) ? undefined : asFact(value);
    if (fact !== undefined) facts[name] = fact;
  }
  return facts;
}

function asFact(value: unknown): Fact | undefined {
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return value.slice(0, SHOWN).map(escapeText);
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
