import type { SnapshotConfig } from "./config.js";
import { expandEnvironment } from "./environment.js";
import { environmentsOf, snapshotLayerOf } from "./snapshot-layer.js";
import type { MirrorLayer, RootLayer } from "./validate.js";

/** Fills the keys of a mirror's snapshots from their layers. */
export function resolveSnapshot(
  id: string,
  own: MirrorLayer,
  root: RootLayer,
  dir: string,
): SnapshotConfig {
  const { defaults } = root;
  const layer = snapshotLayerOf(own, root);
  const tables = [root.snapshot, defaults.snapshot, own.snapshot];
  const publishes = own.publish_to_staging ?? defaults.publish_to_staging ?? false;
  const keepWithin = layer.prune?.keep_within;
  return {
    path: layer.path ?? defaultSnapshotPath(dir),
    nameFormat: layer.default_name_format ?? "2006-01-02T15-04-05Z",
    environments: environmentsOf(own, root).map((one) => expandEnvironment(one, id)),
    allowCopy: layer.allow_copy ?? false,
    automatic: publishes || tables.some((table) => table !== undefined),
    keepLast: layer.prune?.keep_last ?? 5,
    ...(keepWithin === undefined ? {} : { keepWithin }),
  };
}

/** Where snapshots live when nobody says. */
export function defaultSnapshotPath(dir: string): string {
  return `${dir}/.mirrorctl/snapshots`;
}
