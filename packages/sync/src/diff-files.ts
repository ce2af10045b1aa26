import { diffPackages, type PackageVersion } from "./diff.js";
import type { GroupDiff, TreeDiff } from "./diff-trees.js";

/** What a path of a pool says of the package in it: `pool/COMPONENT/.../NAME_VERSION_ARCH.deb`. */
const PACKAGE_FILE = /^(?:pool\/([^/]+)\/)?(?:.*\/)?([^/_]+)_([^/_]+)_([^/_]+)\.u?deb$/;

interface Group {
  readonly component: string;
  readonly architecture: string;
  readonly packages: PackageVersion[];
}

/**
 * Compares two trees by the names of their package files, for a tree of which only the manifest is
 * left. Those names have no epochs and no suites, so that an upgrade by epoch alone may look like a
 * downgrade; all else is as `diffTrees` says it.
 */
export function diffFiles(
  before: Iterable<{ readonly path: string }>,
  after: Iterable<{ readonly path: string }>,
): TreeDiff {
  const old = groupsOf(before);
  const fresh = groupsOf(after);
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  const groups = keys.map((key): GroupDiff => {
    const [one, other] = [old.get(key), fresh.get(key)];
    const { component = "", architecture = "" } = one ?? other ?? {};
    const trees = one && other ? "both" : one ? "before" : "after";
    const changes = diffPackages(one?.packages ?? [], other?.packages ?? []);
    return {
      suite: "",
      component,
      architecture,
      trees,
      packagesBefore: one?.packages.length ?? 0,
      packagesAfter: other?.packages.length ?? 0,
      ...changes,
    };
  });
  return { groups };
}

function groupsOf(files: Iterable<{ readonly path: string }>): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const { path } of files) {
    const match = PACKAGE_FILE.exec(path);
    if (!match) continue;
    const [, component = "", name = "", version = "", architecture = ""] = match;
    const key = `${component}\0${architecture}`;
    const group = groups.get(key) ?? { component, architecture, packages: [] };
    groups.set(key, group);
    group.packages.push({ name, version: version.replaceAll("%3a", ":"), architecture });
  }
  return groups;
}
