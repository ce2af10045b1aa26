import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "snapshot",
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build.ts"],
    testTimeout: 20_000,
  },
});
