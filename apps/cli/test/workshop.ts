import { readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { mirrorctl, type Outcome } from "./host.js";
import { openUpstream, type Upstream } from "./upstream.js";

/** What a command line did, and what it said of it to programs. */
export interface Told extends Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: a document is examined, never relied on.
  readonly document: any;
  /** The code of the error of the command, else of its first mirror that failed. */
  readonly code: string | undefined;
  /** What that error says to do next. */
  readonly hint: string | undefined;
}

/** A mirror with snapshots of several versions of its upstream. */
export interface Workshop extends Upstream {
  /** Runs a command line with this configuration. */
  run(...words: string[]): Promise<Outcome>;
  /** The same, with `--json`. */
  tell(...words: string[]): Promise<Told>;
  /** As {@link tell}, and fails the test where the command fails. */
  succeed(...words: string[]): Promise<Told>;
  /** Lets upstream publish `hello` of that version, syncs it, and makes the snapshot of that name. */
  release(version: string, name?: string, ids?: readonly string[]): Promise<void>;
  /** The name of what a pointer of a mirror shows. */
  shows(pointer: string, id?: string): string | undefined;
  /** Where a snapshot lies. */
  snapshotPath(name: string, id?: string): string;
}

/** Opens an upstream, and makes a snapshot `s<version>` of each of these versions of it. */
export async function openWorkshop(
  versions: readonly string[] = [],
  mirrors: Readonly<Record<string, string>> = { demo: "" },
  top = "",
): Promise<Workshop> {
  const upstream = await openUpstream();
  await upstream.configure(mirrors, top);
  const run = (...words: string[]) => mirrorctl([...words, "-c", upstream.config]);
  const tell = async (...words: string[]): Promise<Told> => {
    const outcome = await run(...words, "--json");
    const document = JSON.parse(outcome.stdout);
    const failed = document.mirrors?.find((mirror: { ok: boolean }) => !mirror.ok);
    const error = document.error ?? failed?.error;
    return { ...outcome, document, code: error?.code, hint: error?.hint };
  };
  const succeed = async (...words: string[]): Promise<Told> => {
    const told = await tell(...words);
    if (told.status !== 0) throw new Error(`${words.join(" ")}: ${told.stderr}`);
    return told;
  };
  const workshop: Workshop = {
    ...upstream,
    run,
    tell,
    succeed,
    async release(version, name = `s${version}`, ids = Object.keys(mirrors)) {
      const packages = [
        { package: "hello", version },
        { package: "world", version: "2.0", architecture: "all" },
      ];
      await upstream.repository.publish({ suites: { stable: { packages } } });
      for (const id of ids) {
        await succeed("sync", id);
        await succeed("snapshot", "create", id, name);
      }
    },
    shows(pointer, id = "demo") {
      const path = pointer.startsWith("/") ? pointer : join(upstream.dir, id, pointer);
      try {
        return basename(readlinkSync(path));
      } catch {
        return undefined;
      }
    },
    snapshotPath: (name, id = "demo") => join(upstream.dir, ".mirrorctl", "snapshots", id, name),
  };
  for (const version of versions) await workshop.release(version);
  return workshop;
}
