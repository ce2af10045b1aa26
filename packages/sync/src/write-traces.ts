import { SnapshotError, type TreeBuilder } from "@mirror/snapshot";
import type { BuiltTree } from "./build-tree.js";
import type { UpstreamTraces } from "./fetch-traces.js";
import { namedIndex } from "./index-group.js";
import { ownTrace } from "./own-trace.js";
import { TRACE_DIRECTORY, TRACE_HIERARCHY, TRACE_LIST } from "./plan-traces.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { Run } from "./run.js";
import type { TraceSpec } from "./spec.js";

/** What the trace file of a new tree is about. */
export interface TracedTree {
  readonly plan: MirrorPlan;
  readonly built: BuiltTree;
  readonly started: Date;
}

/**
 * Writes the trace files of a tree that holds everything else: upstream's as they are, and the
 * mirror's own with the lists that name it.
 *
 * @returns Their paths. What is signed goes first: where a file of a package has the place of one
 * of them, that one is left out.
 */
export function writeTraces(
  run: Run,
  builder: TreeBuilder,
  spec: TraceSpec,
  upstream: UpstreamTraces,
  { plan, built, started }: TracedTree,
): string[] {
  const finished = run.ports.now();
  const { host, files, hierarchy } = upstream;
  const written: string[] = [];
  const write = (name: string, bytes: Uint8Array, time: Date): void => {
    const path = TRACE_DIRECTORY + name;
    try {
      builder.write(path, bytes, time);
      written.push(path);
    } catch (error) {
      if (!(error instanceof SnapshotError) || error.code !== "ERR_SNAPSHOT_PATH_CONFLICT")
        throw error;
      const message = `${path}: left out, a package's file has its place`;
      run.warn("WARN_SYNC_TRACE_LEFT_OUT", message);
    }
  };
  for (const { name, bytes, time } of files) write(name, bytes, time);
  const master = files.find(({ name }) => name === "master")?.text;
  const text = ownTrace({
    ...spec,
    started,
    finished,
    ...(master === undefined ? {} : { master }),
    suites: run.spec.suites,
    architectures: architecturesOf(plan),
    configured: [...run.spec.architectures, ...(run.spec.sources ? ["source"] : [])].sort(),
    upstream: host,
    received: built.downloaded.bytes,
  });
  const above = hierarchy === undefined ? "" : `${hierarchy.trimEnd()}\n`;
  const line = [spec.host, spec.host, spec.host, host].join(" ");
  const names = [...files.map(({ name }) => name), spec.host];
  write(spec.host, Buffer.from(text), finished);
  write(TRACE_HIERARCHY, Buffer.from(`${above}${line}\n`), finished);
  write(TRACE_LIST, Buffer.from(`${names.join("\n")}\n`), finished);
  return written;
}

function architecturesOf({ releases, indices }: MirrorPlan): string[] {
  const directories = new Map(releases.map(({ suite, directory }) => [suite, directory]));
  const found = indices.flatMap(({ target: { suite, name } }) => {
    const { architecture = "" } = namedIndex(name.slice(directories.get(suite)?.length)) ?? {};
    return architecture === "" ? [] : [architecture];
  });
  return [...new Set(found)].sort();
}
