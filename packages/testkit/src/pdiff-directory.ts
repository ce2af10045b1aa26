import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compress } from "./compression.js";
import { TestkitError } from "./error.js";
import { temporaryDirectory } from "./temporary-directory.js";
import { runTool } from "./tool.js";

/** What lies in a directory such as `Packages.diff`. */
export interface PdiffDirectory {
  /** The text of its `Index`. */
  index: string;
  /** Compressed, by file name. */
  readonly patches: Map<string, Buffer>;
}

/**
 * Patches from each text of an index to the one after it, by the real `diff --ed`, and the Index that
 * lists them with SHA256.
 *
 * @param history - oldest first
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function pdiffDirectory(history: readonly string[]): Promise<PdiffDirectory> {
  const rows = { History: "", Patches: "", Download: "" };
  const patches = new Map<string, Buffer>();
  for (const [at, before] of history.slice(0, -1).entries()) {
    const name = `2026-01-01-${String(at).padStart(4, "0")}.00`;
    const patch = await diff(before, history[at + 1] ?? "");
    const packed = Buffer.from(await compress(patch, "gz"));
    patches.set(`${name}.gz`, packed);
    rows.History += ` ${pdiffRow(before)} ${name}\n`;
    rows.Patches += ` ${pdiffRow(patch)} ${name}\n`;
    rows.Download += ` ${pdiffRow(packed)} ${name}.gz\n`;
  }
  const lists = Object.entries(rows).map(([what, text]) => `SHA256-${what}:\n${text}`);
  return {
    index: `SHA256-Current: ${pdiffRow(history.at(-1) ?? "")}\n${lists.join("")}`,
    patches,
  };
}

/** Digest and size, as a row of an Index begins. */
export function pdiffRow(content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  return `${createHash("sha256").update(bytes).digest("hex")} ${bytes.length}`;
}

async function diff(before: string, after: string): Promise<Buffer> {
  const { path, remove } = await temporaryDirectory("diff-");
  try {
    await writeFile(join(path, "before"), before);
    await writeFile(join(path, "after"), after);
    const { exitCode, stdout, stderr } = await runTool("diff", ["--ed", "before", "after"], {
      cwd: path,
    });
    if (exitCode > 1) {
      const message = `diff --ed: exit status ${exitCode}: ${stderr.trim()}`;
      throw new TestkitError("ERR_TESTKIT_TOOL_FAILED", message, { tool: "diff", stderr });
    }
    return stdout;
  } finally {
    await remove();
  }
}
