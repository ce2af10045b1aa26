import type { ConfigError, ConfigProblem } from "@mirror/config";
import type { SyncError } from "@mirror/sync";
import { CliError, type CliErrorCode } from "../error.js";
import { hintFor } from "../hint-for.js";
import { systemCode, withReason } from "../system-code.js";
import { escapeLines, escapeText } from "./escape.js";
import { count, summarySize } from "./size.js";

/** Items of a list that are printed before "and N more". */
const SHOWN = 20;

type Fact = string | number | boolean | readonly string[] | Amounts | readonly Amounts[];

/** Amounts that belong together, such as bytes and inodes, and whose they are. */
type Amounts = Readonly<Record<string, string | number>>;

/** One of several things that are wrong, in one line, and where it has more, its fields. */
interface Problem {
  readonly code?: string;
  readonly message: string;
  readonly path?: string;
  /** Source lines around the place. */
  readonly frame?: string;
}

/** An error as data: what JSON shows, and what the text is made of. */
export interface DescribedError {
  /** `ERR_...`, or the name that the system gave (`ENOSPC`). */
  readonly code: string;
  /** One line. */
  readonly message: string;
  /** What was being done when it happened. */
  readonly doing?: string;
  readonly hint?: string;
  /** All problems or failures that the error carries. */
  readonly problems?: readonly Problem[];
  /** `expected`, `found`, `path`, `url`, ... as the error has them. */
  readonly facts?: Readonly<Record<string, Fact>>;
}

/** What is known of an error besides itself. */
export interface ErrorContext {
  /** What was being done when it happened. */
  readonly doing?: string | undefined;
  /** The command that was typed. */
  readonly command?: string | undefined;
}

/** Turns whatever was thrown into data, with what to do next. */
export function describeError(error: unknown, context: ErrorContext = {}): DescribedError {
  const { doing, command } = context;
  const problems = problemsOf(error);
  const facts = factsOf(error);
  const hint = hintFor(error, command);
  return {
    code: codeOf(error),
    message: isConfigError(error) ? headline(problems) : escapeText(messageOf(error)),
    ...(doing === undefined ? {} : { doing }),
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length === 0 ? {} : { problems }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  };
}

/** The lines below the message: the problems up to 20, then how many more there are. */
export function detailsOf(error: unknown): string[] {
  const problems = problemsOf(error);
  const alone = isConfigError(error) && problems.length === 1;
  const lines = problems
    .slice(0, SHOWN)
    .flatMap(({ message, frame }) => [...(alone ? [] : [message]), ...(frame?.split("\n") ?? [])]);
  if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
  return [...lines, ...deletions(error)];
}

/** What the snapshots hold alone that may go where space lacks. */
function deletions(error: unknown): string[] {
  if (!isSyncError(error)) return [];
  const { snapshots = [], short } = error.facts;
  return snapshots.map(({ name, bytes, inodes }) => {
    const more = short !== undefined && short.inodes > 0 ? ` and ${count(inodes, "inode")}` : "";
    return `deleting snapshot ${name} frees ${summarySize(bytes)}${more}`;
  });
}

function headline(problems: readonly Problem[]): string {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return first.message;
  return `the configuration has ${problems.length} problems`;
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

/** The stable code of an error, for one that has none too. */
export function codeOf(error: unknown): string {
  return (error instanceof Error ? systemCode(error) : undefined) ?? UNEXPECTED;
}

const UNEXPECTED: CliErrorCode = "ERR_CLI_UNEXPECTED";

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (codeOf(error) === "ERR_SYNC_NO_SPACE") return withSizes(error.message);
  return error.message === "" ? error.name : withReason(error.message);
}

/** Nobody reads eleven digits. */
function withSizes(message: string): string {
  return message.replace(/\b(\d+) bytes\b/g, (_, bytes) => summarySize(Number(bytes)));
}

function problemsOf(error: unknown): Problem[] {
  if (isConfigError(error)) return error.problems.map(configProblem);
  if (error instanceof CliError) return (error.facts.problems ?? []).map(cliProblem);
  if (isSyncError(error)) return (error.facts.failures ?? []).map(fileFailure);
  if (error instanceof AggregateError) {
    return error.errors.map((one) => ({ code: codeOf(one), message: escapeText(messageOf(one)) }));
  }
  return [];
}

/** `mirror.toml:12:3: mirrors.x.suites: ...`, as compilers write it. */
function configProblem(problem: ConfigProblem): Problem {
  const { file, line, column, message, suggestion } = problem;
  const place = [file, line, column].filter((part) => part !== undefined && part !== "").join(":");
  const instead = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  const text = escapeText(`${place === "" ? "" : `${place}: `}${message}${instead}`);
  return { ...problem, message: text };
}

function cliProblem({ code, message }: { code?: string; message: string }): Problem {
  return { ...(code === undefined ? {} : { code }), message: escapeText(message) };
}

function fileFailure({ path, error }: { path: string; error: Error }): Problem {
  const message = withReason(error.message);
  const text = message.includes(path) ? message : `${path}: ${message}`;
  return { code: codeOf(error), path, message: escapeText(text) };
}

// By name: a mistyped command must not load the engine in order to be told.
function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && error.name === "ConfigError" && "problems" in error;
}

function isSyncError(error: unknown): error is SyncError {
  return error instanceof Error && error.name === "SyncError" && "facts" in error;
}

const KEPT_APART = new Set([
  "name",
  "code",
  "message",
  "reason",
  "stack",
  "cause",
  "suggestion",
  "problems",
]);

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
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) {
    return value.slice(0, SHOWN).map(escapeText);
  }
  if (Array.isArray(value) && value.length > 0 && value.every(areAmounts)) {
    return value.slice(0, SHOWN).map(escapeName);
  }
  return areAmounts(value) ? escapeName(value) : undefined;
}

function areAmounts(value: unknown): value is Amounts {
  if (!isRecord(value) || Array.isArray(value)) return false;
  const { name, ...amounts } = value;
  const counts = Object.values(amounts);
  const isNamed = name === undefined || typeof name === "string";
  return isNamed && counts.length > 0 && counts.every((count) => typeof count === "number");
}

function escapeName(amounts: Amounts): Amounts {
  return typeof amounts.name === "string"
    ? { ...amounts, name: escapeText(amounts.name) }
    : amounts;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
