import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { markSnapshots } from "./mark.js";

/** Keeps a snapshot from being pruned, and from being deleted without force. */
export async function protectSnapshot(words: Words, flags: Flags, host: Host): Promise<number> {
  return markSnapshots(words, flags, host, {
    verb: "snapshot protect",
    doing: "protecting a snapshot",
    done: "Protected",
    mark: (collection, name, note) => collection.protect(name, note),
  });
}
