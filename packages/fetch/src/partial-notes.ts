import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readValidator, type Validator } from "./resume.js";

/** Longest file that is read as notes. */
const LONGEST = 4096;

/**
 * The validator that lies beside a partial of this content; undefined if there is none, if it is of
 * other content, or if it is unreadable: the download then begins anew.
 */
export function readNotes(path: string, content: string): Validator | undefined {
  try {
    const stat = lstatSync(path);
    if (!stat.isFile() || stat.size > LONGEST) {
      return undefined;
    }
    const notes: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof notes !== "object" || notes === null || !("content" in notes)) {
      return undefined;
    }
    return notes.content === content ? readValidator(notes) : undefined;
  } catch {
    return undefined;
  }
}

/** Puts the validator of a partial beside it; `content` is the digest that the whole must have. */
export function writeNotes(path: string, content: string, validator: Validator): void {
  // Exclusively created: what lies there, a link perhaps, is never written to.
  rmSync(path, { force: true });
  writeFileSync(path, JSON.stringify({ content, ...validator }), { flag: "wx" });
}
