import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SealedTree } from "@mirror/snapshot";
import { suiteFactsOf } from "./facts.js";
import { PUBLIC_KEY } from "./resigned-layout.js";
import { isAsRecorded } from "./tree-source.js";

/**
 * The public key of the mirror's own signature on a suite, armored, as the tree publishes it beside the
 * Release; undefined where the suite has upstream's signature, or the file is damaged.
 */
export function publishedKeyOf(tree: SealedTree, suite: string): Uint8Array | undefined {
  const facts = suiteFactsOf(tree, suite);
  if (!facts?.resigned) return undefined;
  const path = facts.directory + PUBLIC_KEY;
  for (const file of tree.files()) {
    if (file.path !== path) continue;
    if (!isAsRecorded(tree, file)) return undefined;
    const bytes = readFileSync(join(tree.path, path));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return sha256 === file.sha256 ? bytes : undefined;
  }
  return undefined;
}
