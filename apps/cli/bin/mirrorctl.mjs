#!/usr/bin/env node
// The program's parts are CommonJS: as modules they took 15 ms more at every sync.
import { createRequire } from "node:module";

try {
  createRequire(import.meta.url)("./main.cjs");
} catch (error) {
  // Only a broken installation comes here: what would escape its words may be what is missing.
  const text = error.message.replace(
    /[^ -~]/g,
    (char) => `\\u{${char.charCodeAt(0).toString(16)}}`,
  );
  process.stderr.write(`ERROR ${text}\n`);
  process.exit(1);
}
