import type { KeyPath } from "./toml.js";
import type { MirrorLayer, RootLayer, SnapshotLayer } from "./validate.js";

const DEFAULT_ENVIRONMENTS: readonly string[] = ["staging", "current"];

/** The keys of a mirror's snapshots: each from the last of `[snapshot]`, `[defaults.snapshot]`, its own. */
export function snapshotLayerOf(own: MirrorLayer, root: RootLayer): SnapshotLayer {
  const layers = [root.snapshot, root.defaults.snapshot, own.snapshot];
  return Object.assign({}, ...layers, {
    prune: Object.assign({}, ...layers.map((layer) => layer?.prune)),
  });
}

/** The environments of a mirror, `{mirror}` still in them. */
export function environmentsOf(own: MirrorLayer, root: RootLayer): readonly string[] {
  return snapshotLayerOf(own, root).environments ?? DEFAULT_ENVIRONMENTS;
}

/** Where the value that counts for a mirror stands; undefined if no layer gives one. */
export function whereSnapshotKey(
  key: "environments" | "path",
  id: string,
  own: MirrorLayer,
  root: RootLayer,
): KeyPath | undefined {
  if (own.snapshot?.[key] !== undefined) return ["mirrors", id, "snapshot", key];
  if (root.defaults.snapshot?.[key] !== undefined) return ["defaults", "snapshot", key];
  return root.snapshot?.[key] === undefined ? undefined : ["snapshot", key];
}
