// npm run bench: installs and builds as far as needed, then runs every package's benchmark in turn.
import { build, install, pnpm } from "./workspace.mjs";

await install();
await build();
process.exit(
  await pnpm("--recursive", "--workspace-concurrency=1", "--if-present", "run", "bench"),
);
