import { isAbsolute, relative } from "node:path";
import type { MirrorConfig } from "@mirror/config";
import { readTreeIndices } from "@mirror/sync";
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
  const texts = mirrors.map((open) => {
    const path = pathOf(open, words, config.dir);
    return textOf(open, base, path.split("/").map(encodeURIComponent).join("/"));
  });
  const text = texts.join("\n");
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

function textOf(open: OpenMirror, base: string | undefined, path: string): string {
  const { id, suites } = open.mirror;
  // apt takes no stanza with both: a flat suite has no components.
  const kinds = [suites.filter((suite) => !isFlat(suite)), suites.filter(isFlat)];
  const stanzas = kinds
    .filter((some) => some.length > 0)
    .map((some) => stanzaOf(open, some, `${base ?? EXAMPLE}/${path}`));
  const note =
    base === undefined ? "# --base-url says where dir is served; this is an example\n" : "";
  return `# /etc/apt/sources.list.d/${id}.sources\n${note}${stanzas.join("\n")}`;
}

function stanzaOf(open: OpenMirror, suites: readonly string[], uri: string): string {
  const { mirror } = open;
  const components = suites.some(isFlat) ? [] : componentsOf(open);
  const lines = [
    `Types: deb${mirror.mirrorSource ? " deb-src" : ""}`,
    `URIs: ${uri}`,
    `Suites: ${suites.join(" ")}`,
    ...(components.length > 0 ? [`Components: ${components.join(" ")}`] : []),
    ...(mirror.architectures.length > 0
      ? [`Architectures: ${mirror.architectures.join(" ")}`]
      : []),
    ...signedBy(mirror),
    // What is promoted stays the same for longer than upstream says that it is valid.
    "Check-Valid-Until: no",
  ];
  return `${lines.join("\n")}\n`;
}

function isFlat(suite: string): boolean {
  return suite.endsWith("/");
}

/**
 * The sections as clients have to name them, by the directories of their indices: what a Release
 * calls `updates/main` and keeps below `main` a client finds as `main` alone.
 */
function componentsOf({ mirror, collection }: OpenMirror): string[] {
  const tree = collection.latest();
  const held = [...new Set(tree ? readTreeIndices(tree).map(({ component }) => component) : [])];
  return mirror.sections.map((section) => {
    if (held.includes(section)) return section;
    const other = held.find((one) => section.endsWith(`/${one}`) || one.endsWith(`/${section}`));
    return other ?? section;
  });
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
