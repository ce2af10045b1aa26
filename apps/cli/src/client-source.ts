import type { SealedTree } from "@mirror/snapshot";
import { readTreeIndices, type SuiteReport, scopeOf } from "@mirror/sync";
import type { SourceStanza } from "./render/apt-source.js";

/**
 * What the stanzas of a source say of suites of a tree, but for their keys: apt takes no stanza with
 * flat and ordinary suites, and asks for every component in every suite of a stanza.
 */
export function describeSuites(
  tree: SealedTree,
  suites: readonly SuiteReport[],
): Omit<SourceStanza, "uri" | "keys">[] {
  const { components = [], architectures = [], sources = false } = scopeOf(tree) ?? {};
  const held = new Map<string, Set<string>>();
  for (const { suite, component } of readTreeIndices(tree)) {
    held.set(suite, (held.get(suite) ?? new Set()).add(component));
  }
  const alike = new Map<string, { suites: string[]; components: readonly string[] }>();
  for (const { suite } of suites) {
    const own = isFlat(suite) ? [] : offered(components, held.get(suite) ?? new Set());
    const kind = JSON.stringify([isFlat(suite), own]);
    const known = alike.get(kind);
    if (known) known.suites.push(suite);
    else alike.set(kind, { suites: [suite], components: own });
  }
  return [...alike.values()].map((some) => ({ sources, architectures, ...some }));
}

function isFlat(suite: string): boolean {
  return suite.endsWith("/");
}

/**
 * The components as clients have to name them, by the directories of their indices: what a Release
 * calls `updates/main` and keeps below `main` a client finds as `main` alone.
 */
function offered(wanted: readonly string[], held: ReadonlySet<string>): readonly string[] {
  const found = wanted.flatMap((component) => {
    if (held.has(component)) return [component];
    const other = [...held].find(
      (one) => component.endsWith(`/${one}`) || one.endsWith(`/${component}`),
    );
    return other ?? [];
  });
  // A stanza without components is none: apt says what the suite lacks.
  return found.length > 0 ? [...new Set(found)] : wanted;
}
