import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { runTool, type SuiteChange, type TestRepository } from "@mirror/testkit";

/** Where the patches of the test's Packages lie, below the suite. */
export const PDIFFS = "main/binary-amd64/Packages.diff";

/** Names and texts of a pdiff directory, to be changed by a test before it is published. */
export interface PdiffDirectory {
  index: string;
  /** By file name. */
  readonly patches: Map<string, Buffer>;
}

/**
 * Publishes a change of the suite `stable` together with patches, made by `diff --ed`, from each of
 * the texts of Packages before to the one that it leads to.
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
  const directory = await makePatches(history);
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

async function makePatches(history: readonly string[]): Promise<PdiffDirectory> {
  const rows = { History: "", Patches: "", Download: "" };
  const patches = new Map<string, Buffer>();
  for (const [at, before] of history.slice(0, -1).entries()) {
    const name = `2026-01-01-000${at}.00`;
    const patch = await diff(before, history[at + 1] ?? "");
    const packed = gzipSync(patch);
    patches.set(`${name}.gz`, packed);
    rows.History += ` ${row(before)} ${name}\n`;
    rows.Patches += ` ${row(patch)} ${name}\n`;
    rows.Download += ` ${row(packed)} ${name}.gz\n`;
  }
  const index = Object.entries(rows).map(([what, text]) => `SHA256-${what}:\n${text}`);
  return { index: `SHA256-Current: ${row(history.at(-1) ?? "")}\n${index.join("")}`, patches };
}

/** Digest and size, as an Index has them. */
export function row(content: string | Buffer): string {
  const bytes = Buffer.from(content);
  return `${createHash("sha256").update(bytes).digest("hex")} ${bytes.length}`;
}

async function diff(before: string, after: string): Promise<Buffer> {
  const root = mkdtempSync(join(tmpdir(), "mirror-diff-"));
  try {
    writeFileSync(join(root, "before"), before);
    writeFileSync(join(root, "after"), after);
    const result = await runTool("diff", ["--ed", "before", "after"], { cwd: root });
    return result.stdout;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
