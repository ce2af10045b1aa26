// npm run bench, bench:scale, bench:packages: installs and builds as far as needed, then measures. What
// stands behind "--" is for the measurement.
import { build, install, pnpm, ROOT, run } from "./workspace.mjs";

const [what, ...options] = process.argv.slice(2);
await install();
await build();
process.exit(
  what === "packages"
    ? await pnpm("--recursive", "--workspace-concurrency=1", "--if-present", "run", "bench")
    : await run(process.execPath, [`bench/${what}.mjs`, ...options], { cwd: ROOT }),
);
