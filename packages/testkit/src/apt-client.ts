import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./tool.js";

/** Where an {@link AptClient} lives and what it reads. */
export interface AptClientOptions {
  /** An existing empty directory; everything of this client lies in it. */
  readonly root: string;
  /** The text of a `sources.list`, or of a deb822 `.sources` file (recognised by `Types:`). */
  readonly sources: string;
  /** Bytes of the trusted keyring, armored or binary; without: none. */
  readonly keyring?: Uint8Array | string;
  /** `amd64` by default. */
  readonly architecture?: string;
  /** More lines for `apt.conf`. */
  readonly configuration?: string;
}

/** How a run of apt ended. */
export interface AptResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines that begin with `W:`, without it. */
  readonly warnings: readonly string[];
  /** The lines that begin with `E:`, without it. */
  readonly errors: readonly string[];
}

/** A real apt with sources, keys, lists and cache of its own. */
export interface AptClient {
  /** Where downloaded packages lie. */
  readonly archives: string;
  /** Where index files lie. */
  readonly lists: string;
  /** Replaces the sources. */
  setSources(text: string): Promise<void>;
  /** `apt-get update`. */
  update(): Promise<AptResult>;
  /** `apt-get install --download-only -y`; also `name=version`. */
  download(...packages: readonly string[]): Promise<AptResult>;
  /** `apt-get source --download-only`, into `<root>/source`. */
  source(...packages: readonly string[]): Promise<AptResult>;
  /** Any other program of apt, e.g. `run("apt-cache", ["policy"])`. */
  run(program: string, args: readonly string[]): Promise<AptResult>;
}

/**
 * Makes an isolated apt client that touches nothing of the machine's own.
 *
 * @example
 * ```ts
 * const apt = await aptClient({ root, sources: `deb ${server.url} stable main`, keyring: key.binaryPublic });
 * expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [] });
 * ```
 */
export async function aptClient(options: AptClientOptions): Promise<AptClient> {
  const { root, architecture = "amd64" } = options;
  const at = (...segments: readonly string[]): string => join(root, ...segments);
  for (const directory of [
    "etc/sources.list.d",
    "etc/trusted.gpg.d",
    "etc/preferences.d",
    "etc/apt.conf.d",
    "etc/auth.conf.d",
    "state/lists/partial",
    "cache/archives/partial",
    "log",
    "source",
  ]) {
    await mkdir(at(directory), { recursive: true });
  }
  await writeFile(at("state/status"), "");
  if (options.keyring !== undefined) {
    const bytes = Buffer.from(options.keyring);
    const armored = bytes.subarray(0, 10).toString("latin1") === "-----BEGIN";
    await writeFile(at("etc/trusted.gpg.d", armored ? "test.asc" : "test.gpg"), bytes);
  }
  await writeFile(at("apt.conf"), configurationText(root, architecture, options.configuration));
  const setSources = async (text: string): Promise<void> => {
    const isDeb822 = /^Types:/m.test(text);
    await writeFile(at("etc/sources.list"), isDeb822 ? "" : text);
    await writeFile(at("etc/sources.list.d/test.sources"), isDeb822 ? text : "");
  };
  await setSources(options.sources);

  const run = async (program: string, args: readonly string[]): Promise<AptResult> => {
    const proxies = Object.fromEntries(
      ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [
        [name, undefined],
        [name.toUpperCase(), undefined],
      ]),
    );
    const result = await runTool(program, args, {
      cwd: at("source"),
      env: { APT_CONFIG: at("apt.conf"), DEBIAN_FRONTEND: "noninteractive", ...proxies },
    });
    const marked = (mark: string): string[] =>
      result.stderr
        .split("\n")
        .filter((line) => line.startsWith(mark))
        .map((line) => line.slice(mark.length).trim());
    return {
      exitCode: result.exitCode,
      stdout: result.stdout.toString(),
      stderr: result.stderr,
      warnings: marked("W:"),
      errors: marked("E:"),
    };
  };
  return {
    archives: at("cache/archives"),
    lists: at("state/lists"),
    setSources,
    update: () => run("apt-get", ["update"]),
    download: (...packages) => run("apt-get", ["install", "--download-only", "-y", ...packages]),
    source: (...packages) => run("apt-get", ["source", "--download-only", ...packages]),
    run,
  };
}

// APT_CONFIG is read before the files of Dir, and Dir is not this machine's: none of its settings gets in.
function configurationText(root: string, architecture: string, more = ""): string {
  const settings = {
    Dir: root,
    "Dir::Etc": join(root, "etc"),
    "Dir::Etc::main": join(root, "etc/none.conf"),
    "Dir::Etc::parts": join(root, "etc/apt.conf.d"),
    "Dir::Etc::netrcparts": join(root, "etc/auth.conf.d"),
    "Dir::State": join(root, "state"),
    "Dir::State::status": join(root, "state/status"),
    "Dir::Cache": join(root, "cache"),
    "Dir::Log": join(root, "log"),
    "Dir::Bin::Methods": "/usr/lib/apt/methods",
    "APT::Architecture": architecture,
    "APT::Sandbox::User": "root",
    "Debug::NoLocking": "true",
    "Acquire::Retries": "0",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  return `${lines.join("")}#clear APT::Architectures;\nAPT::Architectures { "${architecture}"; };\n${more}\n`;
}
