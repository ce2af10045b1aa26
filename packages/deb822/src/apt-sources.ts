import { isYes, requiredField, valueError, wordsOf } from "./fields.js";
import { printable } from "./frame.js";
import { parseMultiline } from "./multiline.js";
import { parseStanzas } from "./read.js";
import type { ReadOptions } from "./read-options.js";
import type { Stanza } from "./stanza.js";

/** One stanza of a `.sources` file (sources.list(5)). Options without a property are in `stanza`. */
export interface AptSource {
  readonly types: readonly ("deb" | "deb-src")[];
  readonly uris: readonly string[];
  /** Suites, or paths that end in `/` (flat repositories). */
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** None: apt's own choice. */
  readonly architectures: readonly string[];
  readonly languages: readonly string[];
  readonly enabled: boolean;
  /** Keyring files and fingerprints, or an armored key that the file itself holds. */
  readonly signedBy?: { readonly keyrings: readonly string[] } | { readonly key: string };
  readonly stanza: Stanza;
}

/**
 * Reads the text of a `.sources` file of apt.
 *
 * @example
 * ```ts
 * const [source] = parseAptSources(
 *   "Types: deb\nURIs: https://deb.example.org/\nSuites: stable\nComponents: main\n",
 * );
 * source.uris; // ["https://deb.example.org/"]
 * ```
 * @throws {@link Deb822Error} as {@link parseStanzas}; `ERR_DEB822_MISSING_FIELD`, `_BAD_VALUE`
 *   for a type other than `deb` and `deb-src`
 */
export function parseAptSources(text: string, options: ReadOptions = {}): AptSource[] {
  return parseStanzas(text, options).map((stanza) => {
    requiredField(stanza, "Types");
    return {
      types: wordsOf(stanza.get("Types")).map((type) => checkedType(stanza, type)),
      uris: wordsOf(requiredField(stanza, "URIs")),
      suites: wordsOf(requiredField(stanza, "Suites")),
      components: wordsOf(stanza.get("Components")),
      architectures: wordsOf(stanza.get("Architectures")),
      languages: wordsOf(stanza.get("Languages")),
      enabled: isYes(stanza.get("Enabled") ?? "yes"),
      ...signedByOf(stanza.get("Signed-By")),
      stanza,
    };
  });
}

function checkedType(stanza: Stanza, type: string): "deb" | "deb-src" {
  if (type === "deb" || type === "deb-src") return type;
  const found = printable(type);
  const expected = "deb or deb-src";
  throw valueError(
    stanza,
    "Types",
    "ERR_DEB822_BAD_VALUE",
    `expected ${expected}, got "${found}"`,
    {
      expected,
      found,
    },
  );
}

function signedByOf(value: string | undefined): Pick<AptSource, "signedBy"> {
  if (value === undefined || value === "") return {};
  const { first, lines } = parseMultiline(value);
  if (!value.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----")) {
    return { signedBy: { keyrings: wordsOf(value.replaceAll(",", " ")) } };
  }
  const text = [first, ...lines].map((line) => line.trim()).join("\n");
  return { signedBy: { key: `${text.trim()}\n` } };
}
