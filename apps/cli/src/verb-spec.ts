/** One word of a command line that is no option. */
export interface Positional {
  readonly describe: string;
  /** What stands for it where it may be left out. */
  readonly fallback?: string;
}

/** An option of one command alone. */
export interface VerbOption {
  /** `list`: may be given several times, each with one value. */
  readonly type: "boolean" | "string" | "list";
  readonly describe: string;
}

/** A command as it is typed and described; everything about it that is not what it does. */
export interface VerbSpec {
  /** Its words behind the program's name, then its positionals: `<id>`, `[name]`, `<names..>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: Readonly<Record<string, Positional>>;
  readonly options: Readonly<Record<string, VerbOption>>;
  /** What is typed behind the program's name, and what that does. */
  readonly examples: readonly (readonly [string, string])[];
}

/** Any number of mirrors, all where none is named. */
export const MIRRORS: Positional = {
  describe: "Mirrors, by name or glob",
  fallback: "all mirrors",
};
/** The mirror, or the mirrors that a glob means. */
export const MIRROR: Positional = { describe: "Mirror, by name or glob" };
