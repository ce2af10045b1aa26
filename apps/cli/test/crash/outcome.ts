import { basename } from "node:path";
import type { StoreView } from "./store-view.js";

/** What a command came to, in words that are the same for every run of it: without the times in names. */
export interface Outcome {
  /** Public names, and what each shows. */
  readonly links: Readonly<Record<string, string>>;
  readonly snapshots: readonly string[];
  /** Sealed trees that nothing shows, which wait for their grace to end. */
  readonly idle: readonly string[];
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly records: readonly string[];
  readonly leftOvers: readonly string[];
}

/** @param known - the view of what was there before the command: its names stay as they are */
export function outcomeOf(view: StoreView, known: StoreView): Outcome {
  const names = new Set([...known.trees.keys()].map((path) => basename(path)));
  const mask = (name: string) =>
    name.replace(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(?:-\d+)?|\d{8}T\d{6}\.\d{3}Z/g, (time) =>
      names.has(time) ? time : time.includes("-") ? "<automatic>" : "<generation>",
    );
  const shows = (target: string | undefined) => {
    if (target === undefined) return "nothing";
    const tree = view.trees.get(target);
    return tree === undefined ? mask(target) : `${mask(target)} = ${tree.payload}`;
  };
  const trees = [...view.trees.values()];
  const shown = new Set([...view.links.values()]);
  const isSnapshot = (path: string) => path.startsWith("snapshots/");
  const marks = (path: string) =>
    view.records.filter((record) => record.startsWith(path.replace(/([^/]+)$/, ".$1.")));
  return {
    links: Object.fromEntries([...view.links].map(([path, target]) => [path, shows(target)])),
    snapshots: trees
      .filter(({ path }) => isSnapshot(path))
      .map(({ path, payload, manifest }) =>
        [
          mask(path),
          payload,
          manifest.automatic === true ? "automatic" : "",
          ...marks(path).map((mark) => mark.split(".").at(-1)),
        ].join(" "),
      )
      .sort(),
    idle: trees
      .filter(({ path }) => !isSnapshot(path) && !shown.has(path))
      .map(({ path, payload }) => `${mask(path)} = ${payload}`)
      .sort(),
    history: Object.fromEntries(
      [...view.history].map(([id, lines]) => [
        id,
        lines.map(({ kind, pointer, from, to }) =>
          [kind, basename(pointer ?? ""), mask(from ?? ""), "->", mask(to ?? "")].join(" "),
        ),
      ]),
    ),
    records: view.records.map(mask).sort(),
    leftOvers: view.leftOvers,
  };
}

/** Where two outcomes differ, one line each. */
export function differences(found: Outcome, expected: Outcome): string[] {
  const lines: string[] = [];
  for (const part of ["snapshots", "idle", "records", "leftOvers"] as const)
    lines.push(...compare(part, found[part], expected[part]));
  const flat = (record: Readonly<Record<string, unknown>>) =>
    Object.entries(record).map(([key, value]) => `${key}: ${value}`);
  lines.push(...compare("links", flat(found.links), flat(expected.links)));
  for (const id of new Set([...Object.keys(found.history), ...Object.keys(expected.history)])) {
    const [a, b] = [found.history[id] ?? [], expected.history[id] ?? []];
    if (a.join("\n") !== b.join("\n"))
      lines.push(`history of ${id}: ${tail(a, b)}, expected ${tail(b, a)}`);
  }
  return lines;
}

function compare(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const lines = (which: readonly string[], other: readonly string[], word: string) => {
    const rest = [...other];
    return which.flatMap((line) => {
      const at = rest.indexOf(line);
      if (at !== -1) rest.splice(at, 1);
      return at === -1 ? [`${what}: ${word} ${line}`] : [];
    });
  };
  return [...lines(found, expected, "unexpected"), ...lines(expected, found, "lacks")];
}

/** What follows the part that both have. */
function tail(lines: readonly string[], other: readonly string[]): string {
  const from = lines.findIndex((line, index) => line !== other[index]);
  return from === -1 ? "no more" : lines.slice(from).join("; ");
}
