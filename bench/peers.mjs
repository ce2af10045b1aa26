// How each program mirrors the same upstream: the suite stable, main and contrib, amd64.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPONENTS, newPackages } from "./upstream.mjs";

const OURS = join(dirname(fileURLToPath(import.meta.url)), "../apps/cli/dist/bundle/mirrorctl.mjs");
/** As many as any of them is let have. */
const CONNECTIONS = 32;

/**
 * A tool: the phases that it takes part in, whether it checks what it fetches, what is set up once
 * (not measured), and the command line for the upstream as it is in a phase.
 */
export const TOOLS = {
  curl: {
    program: "curl",
    phases: ["cold", "changed"],
    checks: "nothing",
    command: ({ url, directory }, { before, upstream }) => {
      const list = join(directory, "curl.list");
      const entries = newPackages(before, upstream).map(
        ({ path }) => `url = "${url}/${path}"\noutput = "${directory}/tree/${path}"\n`,
      );
      writeFileSync(list, entries.join(""));
      const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", `${CONNECTIONS}`];
      return [
        "curl",
        "-sS",
        "--fail",
        "--no-progress-meter",
        ...parallel,
        "--create-dirs",
        "-K",
        list,
      ];
    },
  },
  aria2: {
    program: "aria2c",
    phases: ["cold", "changed"],
    checks: "SHA256",
    command: ({ url, directory }, { before, upstream }) => {
      const list = join(directory, "aria2.list");
      const entries = newPackages(before, upstream).map(
        ({ path, sha256 }) => `${url}/${path}\n  out=${path}\n  checksum=sha-256=${sha256}\n`,
      );
      writeFileSync(list, entries.join(""));
      // 16 are as many as it takes.
      const options = ["-j16", "-x1", "-V", "--file-allocation=none", "--allow-overwrite=true"];
      return ["aria2c", "-q", ...options, "-d", `${directory}/tree`, "-i", list];
    },
  },
  "apt-mirror": {
    program: "apt-mirror",
    phases: ["cold", "same", "changed"],
    checks: "nothing",
    prepare: ({ url, directory }) => {
      for (const name of ["mirror", "skel", "var"])
        mkdirSync(join(directory, "tree", name), { recursive: true });
      writeFileSync(
        join(directory, "mirror.list"),
        `set base_path ${directory}/tree
set nthreads ${CONNECTIONS}
set run_postmirror 0
set _tilde 0
set defaultarch amd64
deb [arch=amd64] ${url} stable ${COMPONENTS.join(" ")}
`,
      );
    },
    command: ({ directory }) => ["apt-mirror", join(directory, "mirror.list")],
  },
  aptly: {
    program: "aptly",
    phases: ["cold", "same", "changed"],
    checks: "all",
    prepare: ({ url, directory, enter, key }) => {
      const configuration = join(directory, "aptly.json");
      const settings = { rootDir: join(directory, "tree"), downloadConcurrency: 16 };
      const rest = { architectures: ["amd64"], gpgProvider: "gpg", skipLegacyPool: true };
      writeFileSync(configuration, JSON.stringify({ ...settings, ...rest }));
      const create = ["mirror", "create", `-keyring=${key}`, "m", url, "stable", ...COMPONENTS];
      const [program, ...args] = [...enter, "aptly", `-config=${configuration}`, ...create];
      execFileSync(program, args, { stdio: "ignore" });
    },
    command: ({ directory, key }) => [
      ...["aptly", `-config=${directory}/aptly.json`, "mirror", "update", `-keyring=${key}`, "m"],
    ],
  },
  debmirror: {
    program: "debmirror",
    phases: ["cold", "same", "changed"],
    checks: "all",
    command: ({ host, name, directory, key }) => [
      ...["debmirror", `${directory}/tree`, "--method=http", `--host=${host}`, `--root=${name}`],
      ...["--dist=stable", `--section=${COMPONENTS.join(",")}`, "--arch=amd64", "--nosource"],
      ...[`--keyring=${key}`, "--diff=none", "--rsync-extra=none"],
    ],
  },
  mirrorctl: {
    program: "node",
    phases: ["cold", "same", "changed"],
    checks: "all",
    prepare: ({ url, directory, key }) => {
      writeFileSync(
        join(directory, "mirror.toml"),
        `dir = "${directory}/tree"
max_conns = ${CONNECTIONS}
[mirrors.m]
url = "${url}/"
suites = ["stable"]
sections = [${COMPONENTS.map((one) => `"${one}"`).join(", ")}]
architectures = ["amd64"]
pgp_key_path = "${key}"
`,
      );
    },
    command: ({ directory }) => [
      process.execPath,
      ...[OURS, "sync", "--quiet", "--config", join(directory, "mirror.toml")],
    ],
  },
};
