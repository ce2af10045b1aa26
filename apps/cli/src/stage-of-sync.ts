import type { Phase, SyncEvent } from "@mirror/sync";

/** Remembers what each mirror was doing, so that an error can say it. */
export interface StageOfSync {
  listen(event: SyncEvent): void;
  /** What was being done last, as the start of a sentence. */
  doing(id: string): string;
}

/** Follows the events of the engine. */
export function followStages(): StageOfSync {
  const stages = new Map<string, string>();
  const phases = new Map<string, string>();
  const failing = new Set<string>();
  return {
    listen(event) {
      const { id } = event;
      // A phase goes on to its end when files of it fail, and is what fails then, even if it is found
      // out after the end.
      if (event.type === "file-failed") {
        failing.add(id);
        const phase = phases.get(id);
        if (phase !== undefined) stages.set(id, phase);
      }
      if (event.type === "phase-finished" && failing.has(id)) return;
      const stage = stageAfter(event);
      if (stage === undefined) return;
      stages.set(id, stage);
      if (event.type === "phase-started") phases.set(id, stage);
    },
    doing: (id) => stages.get(id) ?? "preparing the sync",
  };
}

const STARTED: Readonly<Record<Phase, string>> = {
  indices: "downloading indices",
  packages: "downloading packages",
  reuse: "linking files that are here already",
  copy: "copying files that are here already",
  repair: "downloading what is damaged",
};

const FINISHED: Readonly<Record<Phase, string>> = {
  indices: "planning the downloads",
  packages: "publishing the new tree",
  reuse: "preparing the downloads",
  copy: "preparing the downloads",
  repair: "mending",
};

function stageAfter(event: SyncEvent): string | undefined {
  switch (event.type) {
    case "release-requested":
      return `checking the Release of ${event.suite}`;
    case "phase-started":
      return STARTED[event.phase];
    case "phase-finished":
      return FINISHED[event.phase];
    case "directory-scanned":
      return `looking through ${event.directory}`;
    case "switched":
      return "clearing up after the switch";
    case "snapshot-started":
      return "creating a snapshot";
    case "snapshot-created":
      return "going on after the snapshot";
    case "stage-started":
      return "staging the snapshot";
    case "staged":
      return "pruning snapshots";
    default:
      return undefined;
  }
}
