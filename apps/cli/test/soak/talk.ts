import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process that answers each line with one, both JSON. */
export interface Talk {
  /** What it says to this; undefined where it ends before it has said it. */
  ask(question: unknown): Promise<unknown>;
  /** Ends it by SIGKILL; resolves once it is gone. */
  kill(): Promise<void>;
}

/** Talks to a process whose first line says that it is ready. @throws Error where it says nothing. */
export async function talkTo(child: ChildProcess): Promise<Talk> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new TypeError("a child without pipes");
  // Of one that was killed.
  stdin.on("error", () => {});
  const closed = once(child, "close");
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const hear = async () => {
    const { value, done } = await lines.next();
    return done === true ? undefined : JSON.parse(value);
  };
  if ((await hear()) === undefined) throw new Error("a child that ended before it was ready");
  return {
    ask(question) {
      stdin.write(`${JSON.stringify(question)}\n`);
      return hear();
    },
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
