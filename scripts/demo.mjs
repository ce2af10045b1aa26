// A mirror from beginning to end on this machine alone: a small signed repository is made and
// served on loopback, the built mirrorctl mirrors it, and what was published is shown. Everything
// is in one temporary directory, which stays for a look around.
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKey, createRepository, serve } from "../packages/testkit/dist/index.js";
import { ROOT, run } from "./workspace.mjs";

const BUNDLE = join(ROOT, "apps", "cli", "dist", "bundle", "mirrorctl.mjs");

const place = mkdtempSync(join(tmpdir(), "mirrorctl-demo-"));
await chmod(place, 0o755);
const config = join(place, "mirror.toml");
const keyring = join(place, "keyring.asc");
const published = join(place, "mirrors");

const upstream = await makeUpstream(join(place, "upstream"));
const server = await serve(upstream.directory);
try {
  writeFileSync(config, configuration(server.url));
  show("# The configuration", `# ${config}`, configuration(server.url));
  await mirrorctl("check", "config");
  await mirrorctl("sync", "--dry-run");
  await mirrorctl("sync");
  show("# Nothing has changed upstream: one request per suite, and nothing is written.");
  await mirrorctl("sync");
} finally {
  await server.close();
}

show("# What was published", ...tree(published, ""));
show(
  "# What to do next",
  "apt can use it as it is:",
  "",
  `  echo "deb [signed-by=${keyring}] file:${published}/demo/latest stable main" > /etc/apt/sources.list.d/demo.list`,
  "  apt update && apt show mirrorctl-demo",
  "",
  `A web server that serves ${published} makes it http://HOST/demo/latest.`,
  `For a mirror of your own, copy ${config} to /etc/mirrorctl/mirror.toml, set dir, url,`,
  "suites and pgp_key_path, then: npm start -- sync --dry-run",
  `To remove the demonstration: rm -r ${place}`,
);

async function makeUpstream(directory) {
  const key = await createKey({ userId: "Demonstration archive <archive@example.org>" });
  writeFileSync(keyring, key.armoredPublic);
  const description = "shows that a mirror works";
  return await createRepository(directory, {
    key,
    suites: [
      {
        suite: "stable",
        codename: "demo",
        components: ["main"],
        architectures: ["amd64", "arm64"],
        packages: [
          { package: "mirrorctl-demo", version: "1.0-1", architecture: "all", description },
          { package: "hello", version: "2.12-1", architecture: "amd64", description },
          { package: "hello", version: "2.12-1", architecture: "arm64", description },
        ],
      },
    ],
  });
}

function configuration(url) {
  return `dir = "${published}"

[mirrors.demo]
url = "${url}"
suites = ["stable"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${keyring}"
`;
}

async function mirrorctl(...words) {
  show(`$ mirrorctl ${words.join(" ")}`);
  // Logs go where results go, so that the story reads in order wherever it is kept.
  const stdio = ["inherit", 1, 1];
  const status = await run(process.execPath, [BUNDLE, ...words, "--config", config], { stdio });
  if (status === 0) return;
  show(`mirrorctl ended with status ${status}; everything is in ${place}`);
  await server.close();
  process.exit(status);
}

/** The published files; directories that clients do not see are left out. */
function tree(directory, indent) {
  return readdirSync(directory)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const path = join(directory, name);
      const status = lstatSync(path);
      if (status.isSymbolicLink()) {
        const shown = [`${indent}${name} -> ${readlinkSync(path)}`];
        return name === "latest" ? [...shown, ...tree(`${path}/`, `${indent}  `)] : shown;
      }
      if (!status.isDirectory()) return [`${indent}${name}`];
      // Copies of the indices under their hashes say nothing to people.
      if (name === "by-hash") return [`${indent}by-hash/ ...`];
      return [`${indent}${name}/`, ...tree(path, `${indent}  `)];
    });
}

function show(...lines) {
  process.stdout.write(`\n${lines.join("\n")}\n`);
}
