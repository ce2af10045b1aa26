import type { TreeBuilder } from "@mirror/snapshot";
import { distinctTime } from "./distinct-time.js";
import type { Placer } from "./placer.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { SuiteRelease } from "./release.js";
import type { Run } from "./run.js";
import type { Present } from "./tree-source.js";

/** Puts upstream's indices and Release files into the tree as they are. */
export function publishVerbatim(
  run: Run,
  { indices, releases, present }: MirrorPlan,
  builder: TreeBuilder,
  placer: Placer,
): void {
  for (const held of indices.flatMap(({ variants }) => variants)) {
    const { path, byHash } = held.variant;
    placer.placeIndex(path, held);
    for (const name of byHash) if (!builder.has(name)) builder.alias(path, name);
  }
  for (const release of releases) writeDocuments(run, release, release.directory, builder, present);
}

/** Writes the Release files of a suite as they were verified into a directory of the tree. */
export function writeDocuments(
  run: Run,
  { release, published }: SuiteRelease,
  directory: string,
  builder: TreeBuilder,
  present: Present,
): void {
  for (const { name, bytes, sha256, lastModified } of published) {
    const path = directory + name;
    const time = lastModified ?? release.date ?? run.ports.now();
    builder.write(path, bytes, new Date(distinctTime(present, { path, sha256 }, time)));
  }
}
