import type { Space } from "@mirror/snapshot";
import type { SyncEvent } from "@mirror/sync";

/** What the mirrors of one run are about to write: no two may count on the same room. */
export interface SpaceClaims {
  listen(event: SyncEvent): void;
  /** Of all mirrors but this one. */
  ofOthers(id: string): Space;
  /** A mirror writes no more. */
  release(id: string): void;
}

/** Begins without any claim. */
export function createSpaceClaims(): SpaceClaims {
  const planned = new Map<string, Space>();
  const left = new Map<string, Space>();
  return {
    listen(event) {
      if (event.type === "space-planned") {
        planned.set(event.id, event.needed);
        left.set(event.id, event.needed);
      } else if (event.type === "progress" && event.phase !== "reuse") {
        const claim = planned.get(event.id);
        if (claim) left.set(event.id, without(claim, event.done));
      } else if (event.type === "switched") left.delete(event.id);
    },
    ofOthers(id) {
      const others = [...left].filter(([owner]) => owner !== id).map(([, claim]) => claim);
      return {
        bytes: others.reduce((sum, { bytes }) => sum + bytes, 0),
        inodes: others.reduce((sum, { inodes }) => sum + inodes, 0),
      };
    },
    release: (id) => void left.delete(id),
  };
}

function without(claim: Space, done: { readonly bytes: number; readonly files: number }): Space {
  return {
    bytes: Math.max(0, claim.bytes - done.bytes),
    inodes: Math.max(0, claim.inodes - done.files),
  };
}
