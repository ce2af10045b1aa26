// npm test: installs as far as needed, then builds, tests and lints everything.
import { install, pnpm } from "./workspace.mjs";

await install();
process.exit(await pnpm("run", "check"));
