import type { Space } from "@mirror/snapshot";
import { type Amount, addSpace, type SyncEvent } from "@mirror/sync";

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
  const left = new Map<string, Space>();
  /** Of the phase that a mirror is in, what has arrived. */
  const arrived = new Map<string, Amount>();
  return {
    listen(event) {
      const { id, type } = event;
      if (type === "space-planned") left.set(id, event.needed);
      else if (type === "phase-started") arrived.delete(id);
      else if (type === "progress") {
        const claim = left.get(id);
        // What is linked takes no room.
        if (claim && event.phase !== "reuse")
          left.set(id, without(claim, event.done, arrived.get(id)));
        arrived.set(id, event.done);
      } else if (type === "switched") left.delete(id);
    },
    ofOthers(id) {
      return addSpace(...[...left].filter(([owner]) => owner !== id).map(([, claim]) => claim));
    },
    release: (id) => void left.delete(id),
  };
}

function without(claim: Space, now: Amount, before: Amount = { files: 0, bytes: 0 }): Space {
  return {
    bytes: Math.max(0, claim.bytes - (now.bytes - before.bytes)),
    inodes: Math.max(0, claim.inodes - (now.files - before.files)),
  };
}
