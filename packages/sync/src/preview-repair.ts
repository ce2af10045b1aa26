import { type Collection, SnapshotError } from "@mirror/snapshot";
import { createDigestCache } from "./digest-cache.js";
import { lost } from "./obtain-repairs.js";
import { type ContentRepair, planRepair } from "./plan-repair.js";
import type { RepairedName, RepairReport, RepairSource } from "./repair-report.js";
import type { RepairOptions } from "./repair-trees.js";
import { reportContent, reportName } from "./report-repair.js";
import { type ContentName, surveyContents } from "./survey-contents.js";

/**
 * Says how {@link repairTrees} would mend these contents, and changes nothing. Takes no lock and asks
 * nobody.
 *
 * @param id - the collection whose upstream could be asked
 * @param damaged - contents, by their SHA256, of which damaged files were found
 */
export async function previewRepair(
  id: string,
  collections: readonly Collection[],
  damaged: ReadonlySet<string>,
  { cache = createDigestCache(), signal }: Pick<RepairOptions, "cache" | "signal"> = {},
): Promise<RepairReport> {
  const survey = await surveyContents(collections, damaged, { cache, signal });
  const owners = new Map(collections.map((collection) => [collection.id, collection]));
  const contents = planRepair(survey.names, id).map((repair) => {
    const from = sourceOf(repair);
    const outcome = from ? { from } : { error: lost(repair.path, repair.sha256) };
    const names = repair.damaged.map((name): RepairedName => {
      const error = refusalOf(owners.get(name.id), name);
      if (error) return reportName(name, { outcome: "left", error });
      return reportName(name, { outcome: from ? "planned" : "left" });
    });
    return reportContent(repair, outcome, names);
  });
  return { contents, unread: survey.unread };
}

/** What the mending of such a file would end with. */
function refusalOf(
  collection: Collection | undefined,
  { tree, file }: ContentName,
): SnapshotError | undefined {
  try {
    collection?.checkMend(tree, file);
    return undefined;
  } catch (error) {
    if (error instanceof SnapshotError) return error;
    throw error;
  }
}

function sourceOf({ intact, upstream }: ContentRepair<ContentName>): RepairSource | undefined {
  const [first] = intact;
  if (first) {
    const { id, tree, file } = first;
    return { kind: "tree", id, tree: tree.generation, path: file.path };
  }
  return upstream.length > 0 ? { kind: "upstream", paths: upstream } : undefined;
}
