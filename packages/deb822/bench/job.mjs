// One job of the benchmark by this library: prints seconds, a count, peak KiB.
import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { readPackages, readStanzas } from "../dist/index.js";

const [, , job, path, six] = process.argv;
// what the module loader has left to compile is not the library's time
await setTimeout(100);
const source = chunks(path);
const fields = six.split(",");
let count = 0;
const started = performance.now();
if (job === "all") {
  for await (const stanza of readStanzas(source)) {
    const all = new Map();
    for (const [name, value] of stanza.entries()) all.set(name, value);
    count += all.size;
  }
} else if (job === "all-entries") {
  for await (const stanza of readStanzas(source)) {
    for (const [name, value] of stanza.entries()) if (name !== value) count++;
  }
} else if (job === "six-stanzas") {
  for await (const stanza of readStanzas(source, { fields })) {
    for (const field of fields) if (stanza.get(field) !== undefined) count++;
  }
} else if (job === "six-packages") {
  for await (const entry of readPackages(source, { fields })) {
    if (entry.size >= 0 && entry.sha256 !== undefined) count += fields.length;
  }
}
const seconds = (performance.now() - started) / 1000;
console.log(seconds, count, process.resourceUsage().maxRSS);

/** As the peers read: synchronously, into one buffer. */
function* chunks(path) {
  const file = openSync(path);
  const buffer = Buffer.alloc(256 * 1024);
  try {
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
