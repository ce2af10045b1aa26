/**
 * What is wrong with one key or file, as a stable code.
 *
 * - `ERR_CONFIG_FILE_MISSING`: there is no such file.
 * - `ERR_CONFIG_FILE_UNREADABLE`: the file or directory is there and cannot be read; `found` is the
 *   errno name.
 * - `ERR_CONFIG_FILE_IS_DIRECTORY`: a directory stands where a file is needed.
 * - `ERR_CONFIG_FILE_TOO_LARGE`: more than 4 MiB.
 * - `ERR_CONFIG_NOT_UTF8`: the bytes are not UTF-8, which TOML demands.
 * - `ERR_CONFIG_BAD_TOML`: a syntax error; `line`, `column` and `frame` point at it.
 * - `ERR_CONFIG_DUPLICATE_KEY`: two files give the same table or key; `otherFile` is the first one.
 * - `ERR_CONFIG_UNKNOWN_KEY`: no such key; `suggestion` is the one probably meant.
 * - `ERR_CONFIG_NOT_SUPPORTED_YET`: a key or value of the product contract that is not built yet.
 * - `ERR_CONFIG_MISSING_KEY`: a required key is not given.
 * - `ERR_CONFIG_WRONG_TYPE`: another TOML type than `allowed`.
 * - `ERR_CONFIG_BAD_VALUE`: the right type with a value that is not `allowed`.
 * - `ERR_CONFIG_BAD_DURATION`: not of the form `1d12h`.
 * - `ERR_CONFIG_BAD_URL`: not an http, https or file URL, one with a query or fragment, or a file URL
 *   that is relative or names a host.
 * - `ERR_CONFIG_BAD_PATH`: not an absolute path, or no place for a pointer.
 * - `ERR_CONFIG_BAD_MIRROR_ID`: not of the form `^[a-z0-9][a-z0-9_-]*$`.
 * - `ERR_CONFIG_DUPLICATE_VALUE`: a list names one thing twice.
 * - `ERR_CONFIG_CONFLICT`: two keys that exclude each other, or places that collide.
 * - `ERR_CONFIG_UNDEFINED_NAME`: `${NAME}` without such a variable, or `~` without a home.
 * - `ERR_CONFIG_WRITABLE_BY_OTHERS`: a file that names a command, and that others than its owner may
 *   write; `found` is its mode.
 * - `ERR_CONFIG_NO_MIRRORS`: no `[mirrors.<id>]` at all.
 */
export type ConfigProblemCode =
  | "ERR_CONFIG_FILE_MISSING"
  | "ERR_CONFIG_FILE_UNREADABLE"
  | "ERR_CONFIG_FILE_IS_DIRECTORY"
  | "ERR_CONFIG_FILE_TOO_LARGE"
  | "ERR_CONFIG_NOT_UTF8"
  | "ERR_CONFIG_BAD_TOML"
  | "ERR_CONFIG_DUPLICATE_KEY"
  | "ERR_CONFIG_UNKNOWN_KEY"
  | "ERR_CONFIG_NOT_SUPPORTED_YET"
  | "ERR_CONFIG_MISSING_KEY"
  | "ERR_CONFIG_WRONG_TYPE"
  | "ERR_CONFIG_BAD_VALUE"
  | "ERR_CONFIG_BAD_DURATION"
  | "ERR_CONFIG_BAD_URL"
  | "ERR_CONFIG_BAD_PATH"
  | "ERR_CONFIG_BAD_MIRROR_ID"
  | "ERR_CONFIG_DUPLICATE_VALUE"
  | "ERR_CONFIG_CONFLICT"
  | "ERR_CONFIG_UNDEFINED_NAME"
  | "ERR_CONFIG_WRITABLE_BY_OTHERS"
  | "ERR_CONFIG_NO_MIRRORS";

/** The code of all problems where they share one, else `ERR_CONFIG_INVALID`. */
export type ConfigErrorCode = ConfigProblemCode | "ERR_CONFIG_INVALID";

/** One thing that is wrong, where it stands, and what would be right. */
export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  /** TOML path such as `mirrors.ubuntu.suites[1]`; empty for a problem of the file itself. */
  readonly path: string;
  /** Path of the file, or `environment`, or `overrides`; empty for a value that has no source. */
  readonly file: string;
  /** Counted from 1; absent where the place is not certain. */
  readonly line?: number;
  /** Counted from 1, in UTF-16 code units; present only with `line`. */
  readonly column?: number;
  /** One line that names the key, what was expected and what was found; no credential in it. */
  readonly message: string;
  /** What stands there, printable, shortened and without credentials. */
  readonly found?: string;
  /** What may stand there. */
  readonly allowed?: string;
  /** The key or value that was probably meant. */
  readonly suggestion?: string;
  /** The environment variable that the value came from. */
  readonly variable?: string;
  /** The file that gave the same key first. */
  readonly otherFile?: string;
  /** Source lines around a syntax error, with a caret; several lines, credentials masked. */
  readonly frame?: string;
}

/**
 * Everything that is wrong with a configuration, in one error; of the keys the first thousand.
 *
 * `message` holds one line per problem; `problems` is never empty and is sorted by file and line.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code: ConfigErrorCode;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly [ConfigProblem, ...ConfigProblem[]], options?: ErrorOptions) {
    super(problems.map(describePlace).join("\n"), options);
    const [first] = problems;
    this.code = problems.every(({ code }) => code === first.code)
      ? first.code
      : "ERR_CONFIG_INVALID";
    this.problems = problems;
  }
}

function describePlace({ file, line, column, message }: ConfigProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined && part !== "");
  return place.length === 0 ? message : `${place.join(":")}: ${message}`;
}
