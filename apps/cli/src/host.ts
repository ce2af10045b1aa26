/** A stream that text goes to, and what is known of the terminal behind it. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** The process as a command sees it; tests pass their own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results go here. */
  readonly stdout: Output;
  /** Logs and progress go here. */
  readonly stderr: Output;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  now(): Date;
  /**
   * Has `work` done, synchronously, when the process ends, also by a second signal; returns how to
   * take that back.
   */
  atExit(work: () => void): () => void;
}
