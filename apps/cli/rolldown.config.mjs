import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "rolldown";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const { MIRRORCTL_COMMIT: commit, SOURCE_DATE_EPOCH: epoch } = process.env;

// yargs measures help with string-width, whose regular expression of all emoji takes 30 ms to compile
// at every start. Our help is ASCII.
const asciiWidth = {
  name: "ascii-width",
  resolveId: (source) => (source === "string-width" ? "\0ascii-width" : undefined),
  load: (id) =>
    id === "\0ascii-width"
      ? 'import { stripVTControlCharacters as strip } from "node:util"; export default (text) => strip(text).length;'
      : undefined,
};

// Parts of older builds go after the new ones are there: what runs from here is not disturbed.
const removeOldParts = {
  name: "remove-old-parts",
  writeBundle({ dir }, bundle) {
    for (const name of readdirSync(dir)) if (!Object.hasOwn(bundle, name)) rmSync(join(dir, name));
  },
};

export default defineConfig({
  input: { mirrorctl: "dist/src/main.js" },
  platform: "node",
  plugins: [asciiWidth, removeOldParts],
  transform: {
    define: {
      MIRRORCTL_VERSION: JSON.stringify(version),
      ...(commit ? { MIRRORCTL_COMMIT: JSON.stringify(commit) } : {}),
      ...(epoch
        ? { MIRRORCTL_BUILT: JSON.stringify(new Date(Number(epoch) * 1000).toISOString()) }
        : {}),
    },
  },
  output: {
    dir: "dist/bundle",
    format: "esm",
    entryFileNames: "[name].mjs",
    banner: "#!/usr/bin/env node",
    // In one file all of undici, openpgp and zod is parsed at every start: --version took 115 ms
    // instead of 45. The hash keeps a running sync from loading a part of another version.
    codeSplitting: true,
    chunkFileNames: "[name]-[hash].mjs",
  },
});
