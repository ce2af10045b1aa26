import { defineConfig } from "vitest/config";

export default defineConfig({ test: { name: "snapshot", include: ["test/**/*.test.ts"] } });
