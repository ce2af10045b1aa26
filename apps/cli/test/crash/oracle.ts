import { basename, join } from "node:path";
import { judgeMirror } from "@mirror/testkit";
import type { Scenario } from "./scenarios.js";
import type { StoreView } from "./store-view.js";
import type { World } from "./world.js";

/** Judges a store after a kill, by gpgv and hashes of its own. */
export interface Oracle {
  /** What a store must never be, whatever was killed in it; none: it holds. */
  violations(view: StoreView, expected: Expected): Promise<string[]>;
}

/** What a scenario leads from and to. */
export interface Expected {
  readonly scenario: Scenario;
  readonly before: StoreView;
  /** As an undisturbed run leaves it. */
  readonly after: StoreView;
}

/** Opens the oracle; it judges equal bytes once. */
export function openOracle(world: World): Oracle {
  const verdicts = new Map<string, Promise<readonly string[]>>();
  const judge = (path: string, content: string, scenario: Scenario) => {
    const signs =
      scenario.configuration === "signing" || path.includes("/twin/") ? world.own : world.key;
    const known = `${signs.fingerprint} ${content}`;
    const verdict = verdicts.get(known) ?? judgeTree(join(world.work, path), signs.binaryPublic);
    verdicts.set(known, verdict);
    return verdict;
  };
  return {
    async violations(view, expected) {
      const { scenario, before, after } = expected;
      const found = compareWith(view, expected);
      for (const { path, faults, content } of view.trees.values())
        for (const fault of [...faults, ...(await judge(path, content, scenario))])
          found.push(`not whole and verified: ${path}: ${fault}`);
      if (view.foreign !== before.foreign || after.foreign !== before.foreign)
        found.push("something that is not ours was changed");
      return found;
    },
  };
}

async function judgeTree(tree: string, keyring: Uint8Array): Promise<readonly string[]> {
  const { violations, verifier } = await judgeMirror(tree, {
    keyring,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  return verifier === "gpgv" ? violations : [...violations, `judged by ${verifier}, not gpgv`];
}

function compareWith(view: StoreView, { scenario, before, after }: Expected): string[] {
  const found = view.odd
    .filter((path) => basename(path) !== scenario.replaces)
    .map((path) => `${path}: lies among the snapshots and is none`);
  const payloadAt = (store: StoreView, link: string) => {
    const target = store.links.get(link);
    return target === undefined ? undefined : store.trees.get(target)?.payload;
  };
  for (const [link, target] of view.links) {
    // The link to a top-level directory that is new is there before `latest` moves.
    if (target === undefined && before.links.has(link)) found.push(`${link}: leads nowhere`);
    if (
      target !== undefined &&
      !view.trees.has(target) &&
      /^(?:mirrors\/\.mirrorctl\/trees|snapshots)\/\w+\/[^/]+$/.test(target)
    )
      found.push(`${link}: shows ${target}, which is not sealed`);
    const shows = payloadAt(view, link);
    if (
      shows !== undefined &&
      shows !== payloadAt(before, link) &&
      shows !== payloadAt(after, link)
    )
      found.push(`${link}: shows neither what it showed nor what it is to show`);
  }
  for (const mirror of before.mirrors)
    if (!view.mirrors.includes(mirror) && after.mirrors.includes(mirror))
      found.push(`${mirror}: the mirror is gone`);
  for (const link of before.links.keys())
    if (!view.links.has(link) && after.links.has(link)) found.push(`${link}: the pointer is gone`);
  for (const [path, tree] of before.trees) {
    if (basename(path) === scenario.replaces) continue;
    const now = view.trees.get(path);
    if (now === undefined && after.trees.has(path))
      found.push(`${path}: the tree is gone, and was not to go`);
    if (now !== undefined && now.fingerprint !== tree.fingerprint)
      found.push(`${path}: a sealed tree is not as it was`);
  }
  return found;
}
