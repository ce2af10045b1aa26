import { isAbsolute, relative } from "node:path";
import type { MirrorConfig } from "@mirror/config";
import { environmentNamed, productionOf } from "../../environments.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { namedSnapshot } from "../../named-snapshot.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { printDocument } from "../../render/document.js";

/**
 * Prints what clients put below `/etc/apt/sources.list.d`, in the deb822 style of apt.
 * @throws CliError ERR_CLI_USAGE, ERR_CLI_UNKNOWN_ENVIRONMENT, ERR_CLI_UNKNOWN_SNAPSHOT.
 */
export async function printAptSource(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "generate apt-source";
  const base = baseUrl(words.values["base-url"]);
  const { mirrors, config } = await openMirrors(words, { verb, writes: false, flags, host });
  const stanzas = mirrors.map((open) => stanzaOf(open, base, pathOf(open, words, config.dir)));
  const text = stanzas.join("\n");
  if (flags.json) printDocument(host.stdout, verb, { ok: true, text });
  else host.stdout.write(text);
  return 0;
}

const EXAMPLE = "http://mirror.example";

function baseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^(?:https?:\/\/|file:\/)\S+$/.test(text) && URL.canParse(text))
    return text.replace(/\/+$/, "");
  throw new CliError("ERR_CLI_USAGE", `--base-url: expected a URL, found "${text}"`, {
    expected: "the http or https URL at which dir is served",
    found: text,
  });
}

/** Where the wanted tree lies below `dir`, as clients ask for it. */
function pathOf(open: OpenMirror, words: Words, dir: string): string {
  const { mirror } = open;
  const { env, snapshot } = words.values;
  if (snapshot !== undefined && env !== undefined) {
    throw new CliError("ERR_CLI_USAGE", "--env and --snapshot: expected one of them, found both", {
      expected: "--env or --snapshot",
    });
  }
  if (snapshot !== undefined) {
    return `${mirror.id}/snapshots/${namedSnapshot(open, snapshot).name}`;
  }
  const environment = env === undefined ? productionOf(mirror) : environmentNamed(mirror, env);
  if (!isAbsolute(environment)) return `${mirror.id}/${environment}`;
  const below = relative(dir, environment);
  if (!below.startsWith("..")) return below;
  throw new CliError(
    "ERR_CLI_USAGE",
    `${environment}: lies outside ${dir}, and its URL is not known`,
    { found: environment, suggestion: "write the URL at which your web server shows it yourself" },
  );
}

function stanzaOf({ mirror }: OpenMirror, base: string | undefined, path: string): string {
  const lines = [
    `# /etc/apt/sources.list.d/${mirror.id}.sources`,
    ...(base === undefined ? ["# --base-url says where dir is served; this is an example"] : []),
    `Types: deb${mirror.mirrorSource ? " deb-src" : ""}`,
    `URIs: ${base ?? EXAMPLE}/${path.split("/").map(encodeURIComponent).join("/")}`,
    `Suites: ${mirror.suites.join(" ")}`,
    ...(mirror.sections.length > 0 ? [`Components: ${mirror.sections.join(" ")}`] : []),
    ...(mirror.architectures.length > 0
      ? [`Architectures: ${mirror.architectures.join(" ")}`]
      : []),
    ...signedBy(mirror),
    // What is promoted stays the same for longer than upstream says that it is valid.
    "Check-Valid-Until: no",
  ];
  return `${lines.join("\n")}\n`;
}

function signedBy({ pgpKeyPath, noPgpCheck }: MirrorConfig): string[] {
  const [first] = pgpKeyPath;
  if (noPgpCheck) return ["# no_pgp_check is set: clients still check, and need the key"];
  if (first === undefined) return [];
  return [
    ...(pgpKeyPath.length > 1 ? [`# also: ${pgpKeyPath.slice(1).join(" ")}`] : []),
    `Signed-By: ${first}`,
  ];
}
