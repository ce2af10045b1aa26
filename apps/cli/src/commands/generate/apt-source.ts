import type { SealedTree } from "@mirror/snapshot";
import { type SuiteReport, suitesOf } from "@mirror/sync";
import type { Keyring } from "@mirror/verify";
import { clientKeys, type SignedSuites } from "../../client-keys.js";
import { clientPath, clientTree } from "../../client-place.js";
import { needsKeyFile, releasesOf, suitesOfRelease } from "../../client-release.js";
import { describeSuites } from "../../client-source.js";
import { commandLine } from "../../command-text.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { type OpenMirror, openMirrors } from "../../open-mirrors.js";
import { placeKeys } from "../../place-keys.js";
import { renderAptSource } from "../../render/apt-source.js";
import { printDocument } from "../../render/document.js";
import { createTrustReader, keyringOf } from "../../trust.js";

const VERB = "generate apt-source";
const EXAMPLE = "http://mirror.example";

/** What clients of a mirror are to use. */
interface Offer {
  readonly open: OpenMirror;
  readonly tree: SealedTree;
  readonly suites: readonly SuiteReport[];
  keyring(): Promise<Keyring | undefined>;
}

/**
 * Prints what clients put below `/etc/apt/sources.list.d`, in the deb822 style of apt, or the keys
 * for it alone: by what the tree that they are to use says of itself.
 * @throws CliError ERR_CLI_USAGE, ERR_CLI_UNKNOWN_ENVIRONMENT, ERR_CLI_UNKNOWN_SNAPSHOT,
 *   ERR_CLI_UNKNOWN_RELEASE, ERR_CLI_NOTHING_SHOWN, ERR_CLI_NO_CLIENT_KEY.
 */
export async function printAptSource(words: Words, flags: Flags, host: Host): Promise<number> {
  checkOptions(words);
  const keyrings = new Map<string, Promise<Keyring | undefined>>();
  const { mirrors, config, log } = await openMirrors(words, {
    verb: VERB,
    writes: false,
    flags,
    host,
    async read(selected) {
      const trust = createTrustReader();
      for (const mirror of selected) keyrings.set(mirror.id, keyringOf(trust, mirror));
      // One that cannot be read is missed where it is needed: not for what the mirror signs itself.
      await Promise.allSettled(keyrings.values());
    },
  });
  const offers = mirrors.flatMap((open): Offer[] => {
    const { id } = open.mirror;
    const tree = clientTree(open, words);
    if (tree === undefined) log.warn(`${id} has nothing for clients yet`, { mirror: id });
    const keyring = async () => await keyrings.get(id);
    return tree === undefined ? [] : [{ open, tree, suites: suitesOf(tree), keyring }];
  });
  if (offers.length === 0) {
    throw new CliError("ERR_CLI_NOTHING_SHOWN", "nothing is there for clients yet", {
      suggestion: "mirrorctl sync",
    });
  }
  const chosen = ofRelease(offers, words.values.client);
  const isForKeys = words.switches.has("key");
  const texts = isForKeys
    ? chosen.map(keysText)
    : chosen.map((offer) => {
        const path = clientPath(offer.open, words, config.dir).split("/").map(encodeURIComponent);
        const uri = `${words.values["base-url"]?.replace(/\/+$/, "") ?? EXAMPLE}/${path.join("/")}`;
        return sourceText(offer, uri, words, (own) => commandLine(VERB, own, flags, host));
      });
  const text = (await Promise.all(texts)).join("\n");
  if (flags.json) printDocument(host.stdout, VERB, { ok: true, text });
  else host.stdout.write(text);
  return 0;
}

function checkOptions({ values, switches }: Words): void {
  const base = values["base-url"];
  if (base !== undefined && !(/^(?:https?:\/\/|file:\/)\S+$/.test(base) && URL.canParse(base))) {
    const expected = "the http or https URL at which dir is served";
    throw usage(`--base-url: expected a URL, found "${base}"`, { expected, found: base });
  }
  const path = values["signed-by"];
  if (path !== undefined && !/^\/[^\s,]+\.(?:asc|gpg|pgp)$/.test(path)) {
    const expected = "the absolute path of a .asc or .gpg file, as clients have it";
    throw usage(`--signed-by: expected a path, found "${path}"`, { expected, found: path });
  }
  for (const [one, other] of [
    ["env", "snapshot"],
    ["signed-by", "key"],
  ] as const) {
    const has = (name: string) => values[name] !== undefined || switches.has(name);
    if (!has(one) || !has(other)) continue;
    const expected = `--${one} or --${other}`;
    throw usage(`--${one} and --${other}: expected one of them, found both`, { expected });
  }
}

function usage(message: string, facts: { expected: string; found?: string }): CliError {
  return new CliError("ERR_CLI_USAGE", message, facts);
}

/** The mirrors that have suites for clients of a release, with those alone. */
function ofRelease(offers: readonly Offer[], release: string | undefined): readonly Offer[] {
  if (release === undefined) return offers;
  const chosen = offers
    .map((offer) => ({ ...offer, suites: suitesOfRelease(offer.suites, release) }))
    .filter(({ suites }) => suites.length > 0);
  if (chosen.length > 0) return chosen;
  const expected = [...new Set(offers.flatMap(({ suites }) => releasesOf(suites)))].join(", ");
  throw new CliError(
    "ERR_CLI_UNKNOWN_RELEASE",
    `--client: no suites for ${release}; there are some for ${expected === "" ? "none" : expected}`,
    { expected, found: release },
  );
}

async function sourceText(
  { open, tree, suites, keyring }: Offer,
  uri: string,
  words: Words,
  command: (words: Words) => string,
): Promise<string> {
  const { id } = open.mirror;
  const { client, env, snapshot, "signed-by": asked } = words.values;
  const same = Object.entries({ client, env, snapshot }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const place = {
    ...(asked === undefined ? {} : { asked }),
    fallback: `/etc/apt/keyrings/${id}.asc`,
    needsFile: needsKeyFile(client === undefined ? releasesOf(suites) : [client]),
    command: command({
      positionals: { ids: [id] },
      values: Object.fromEntries(same),
      lists: {},
      switches: new Set(["key"]),
    }),
  };
  const keys = clientKeys(tree, suites, keyring);
  // Where the path is given, the keys themselves can be done without.
  const signed = await (asked === undefined ? keys : keys.catch(() => [{ suites }]));
  const stanzas = signed.flatMap((alike: SignedSuites) =>
    describeSuites(tree, alike.suites).map((stanza) => ({
      ...stanza,
      uri,
      keys: placeKeys(alike.keys, place),
    })),
  );
  const example = "--base-url says where dir is served; this is an example";
  return renderAptSource(id, stanzas, words.values["base-url"] === undefined ? [example] : []);
}

async function keysText({ open, tree, suites, keyring }: Offer): Promise<string> {
  const keys = (await clientKeys(tree, suites, keyring)).flatMap((signed) => signed.keys ?? []);
  if (keys.length > 0) return keys.map(({ armored }) => armored).join("");
  throw new CliError(
    "ERR_CLI_NO_CLIENT_KEY",
    `${open.mirror.id}: no signature was checked when this was mirrored`,
    { expected: "a tree whose signature was checked" },
  );
}
