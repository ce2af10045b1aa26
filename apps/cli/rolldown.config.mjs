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

// undici takes HTTP/2 for missing, as it does with a Node that was built without: nobody asks for it,
// and Node's own takes 5 ms to load.
const noHttp2 = {
  name: "no-http2",
  resolveId: (source) => (source === "node:http2" ? "\0no-http2" : undefined),
  load: (id) => (id === "\0no-http2" ? "module.exports = { constants: {} };" : undefined),
};

const entry = {
  name: "entry",
  generateBundle() {
    const source = readFileSync(new URL("bin/mirrorctl.mjs", import.meta.url));
    this.emitFile({ type: "asset", fileName: "mirrorctl.mjs", source });
  },
};

// Parts of older builds go after the new ones are there: what runs from here is not disturbed.
const removeOldParts = {
  name: "remove-old-parts",
  writeBundle({ dir }, bundle) {
    for (const name of readdirSync(dir)) if (!Object.hasOwn(bundle, name)) rmSync(join(dir, name));
  },
};

export default defineConfig({
  input: { main: "dist/src/main.js" },
  platform: "node",
  plugins: [asciiWidth, noHttp2, entry, removeOldParts],
  transform: {
    define: {
      // Of yargs, for configuration files of its own, which we have not.
      "import.meta.resolve": "undefined",
      MIRRORCTL_VERSION: JSON.stringify(version),
      ...(commit ? { MIRRORCTL_COMMIT: JSON.stringify(commit) } : {}),
      ...(epoch
        ? { MIRRORCTL_BUILT: JSON.stringify(new Date(Number(epoch) * 1000).toISOString()) }
        : {}),
    },
  },
  output: {
    dir: "dist/bundle",
    format: "cjs",
    // Names stay, for whoever reports a stack.
    minify: { mangle: false, compress: true, codegen: true },
    entryFileNames: "[name].cjs",
    // In one file all of undici, openpgp and zod is parsed at every start: --version took 115 ms
    // instead of 45. The hash keeps a running sync from loading a part of another version.
    codeSplitting: true,
    chunkFileNames: "[name]-[hash].cjs",
  },
});
