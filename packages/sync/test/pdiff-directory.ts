import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  type PdiffDirectory,
  pdiffDirectory,
  type SuiteChange,
  type TestRepository,
} from "@mirror/testkit";

/** Where the patches of the test's Packages lie, below the suite. */
export const PDIFFS = "main/binary-amd64/Packages.diff";

/**
 * Publishes a change of the suite `stable` together with patches from each of the texts of Packages
 * before to the one that it leads to; a test may change them before they are published.
 */
export async function publishWithPatches(
  repository: TestRepository,
  history: string[],
  change: SuiteChange,
  tamper: (directory: PdiffDirectory) => void = () => {},
): Promise<void> {
  const packages = repository.suitePath("stable", "main/binary-amd64/Packages");
  if (history.length === 0) history.push(readFileSync(packages, "utf8"));
  await repository.publish({ suites: { stable: change } });
  history.push(readFileSync(packages, "utf8"));
  const directory = await pdiffDirectory(history);
  tamper(directory);
  for (const [name, bytes] of directory.patches) {
    const path = repository.suitePath("stable", PDIFFS, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  await repository.publish({
    suites: { stable: { verbatim: { [`${PDIFFS}/Index`]: directory.index } } },
  });
}
