import { defineConfig } from "rolldown";

export default defineConfig({
  input: { mirrorctl: "dist/src/main.js" },
  platform: "node",
  output: {
    dir: "dist/bundle",
    format: "esm",
    entryFileNames: "[name].mjs",
    banner: "#!/usr/bin/env node",
    codeSplitting: false,
  },
});
