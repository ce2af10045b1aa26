import { spawn, spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("fields-by-python-debian.py", import.meta.url));

/** Whether python3-debian and python3-apt are installed. */
export function hasPythonDebian() {
  return spawnSync(python, ["-c", "import apt_pkg, debian.deb822"]).status === 0;
}

// without apt_pkg it drops the blanks behind a value's first line too
const trimmed = (value) => value.replace(/[ \t]+$/gm, "");

function same(ours, theirs, backend) {
  const clean = backend === "pure" ? trimmed : (value) => value;
  return (
    ours.length === theirs.length &&
    ours.every(([name, value], i) => name === theirs[i][0] && clean(value) === clean(theirs[i][1]))
  );
}

/**
 * Reads a file by the library and by python3-debian and throws at the first stanza that differs in
 * a field's name, value or place.
 *
 * @param backend - what python3-debian reads by: `apt_pkg` or `pure`
 */
export async function compareWithPythonDebian(library, file, backend) {
  const child = spawn(python, [script, file, backend], { stdio: ["ignore", "pipe", "inherit"] });
  const theirs = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const counts = { stanzas: 0, fields: 0 };
  try {
    for await (const stanza of library.readStanzas(createReadStream(file))) {
      const ours = [...stanza.entries()];
      const line = await theirs.next();
      if (line.done || !same(ours, JSON.parse(line.value), backend)) {
        const found = line.done ? "no more stanza" : line.value;
        throw new Error(`line ${stanza.line} differs:\n${JSON.stringify(ours)}\n${found}`);
      }
      counts.stanzas++;
      counts.fields += ours.length;
    }
    if (!(await theirs.next()).done) throw new Error("python3-debian has more stanzas");
  } finally {
    child.kill();
  }
  return counts;
}
