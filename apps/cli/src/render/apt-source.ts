/** How clients come by the keys of a stanza. */
export type SourceKeys =
  /** One block of armor in the source itself. */
  | { readonly kind: "inside"; readonly armored: string }
  /** A file of the client; with how to make it, where it is not there already. */
  | { readonly kind: "file"; readonly path: string; readonly command?: string }
  | { readonly kind: "unchecked" };

/** Suites of one place that have the same components and keys. */
export interface SourceStanza {
  readonly uri: string;
  readonly sources: boolean;
  readonly suites: readonly string[];
  /** None for flat suites. */
  readonly components: readonly string[];
  /** None for whatever the client has. */
  readonly architectures: readonly string[];
  readonly keys: SourceKeys;
}

/** A `.sources` file of apt, deb822(5) style. */
export function renderAptSource(
  id: string,
  stanzas: readonly SourceStanza[],
  notes: readonly string[],
): string {
  const head = [`/etc/apt/sources.list.d/${id}.sources`, ...notes];
  const texts = stanzas.map((stanza) =>
    stanzaLines(stanza)
      .map((line) => `${line}\n`)
      .join(""),
  );
  return `${head.map((line) => `# ${line}\n`).join("")}${texts.join("\n")}`;
}

function stanzaLines(stanza: SourceStanza): string[] {
  const { uri, sources, suites, components, architectures, keys } = stanza;
  return [
    `Types: deb${sources ? " deb-src" : ""}`,
    `URIs: ${uri}`,
    `Suites: ${suites.join(" ")}`,
    ...(components.length > 0 ? [`Components: ${components.join(" ")}`] : []),
    ...(architectures.length > 0 ? [`Architectures: ${architectures.join(" ")}`] : []),
    // What is promoted stays the same for longer than upstream says that it is valid.
    "Check-Valid-Until: no",
    ...signedBy(keys),
  ];
}

function signedBy(keys: SourceKeys): string[] {
  switch (keys.kind) {
    case "inside": {
      const lines = keys.armored.trimEnd().split("\n");
      // An empty line would end the stanza.
      return ["Signed-By:", ...lines.map((line) => ` ${line === "" ? "." : line}`)];
    }
    case "file":
      return [
        ...(keys.command === undefined
          ? []
          : [`# what this prints on the mirror: ${keys.command}`]),
        `Signed-By: ${keys.path}`,
      ];
    case "unchecked":
      return ["# the mirror checks no signature: clients still do, and need the key"];
  }
}
