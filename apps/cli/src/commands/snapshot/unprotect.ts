import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { markSnapshots } from "./mark.js";

/** Takes the protection of a snapshot away. */
export async function unprotectSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  return markSnapshots(words, flags, host, {
    verb: "snapshot unprotect",
    doing: "taking a protection away",
    done: "No longer protected",
    mark: (collection, name) => collection.unprotect(name),
  });
}
