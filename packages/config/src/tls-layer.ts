import type { Overlay } from "./env.js";
import type { Report } from "./report.js";
import type { KeyPath } from "./toml.js";
import type { MirrorLayer, RootLayer, TlsLayer } from "./validate.js";

/** The keys of a mirror's TLS: each from the last of `[tls]`, `[defaults.tls]`, its own, the environment. */
export function tlsLayerOf(own: MirrorLayer, root: RootLayer, overlay: Overlay): TlsLayer {
  return { ...root.tls, ...root.defaults.tls, ...own.tls, ...overlay.tls };
}

/** Reports keys of TLS that do not go together, each at the first layer that makes them so. */
export function checkTls(root: RootLayer, overlay: Overlay, report: Report): void {
  const noMirror: MirrorLayer = {};
  const bare = { ...root, defaults: {} };
  const told = new Set<string>();
  const check = (layer: TlsLayer, table: KeyPath, known: Set<string>) => {
    for (const [key, fact] of conflictsOf(layer)) {
      if (known.has(fact) || report.isExplained([...table, key])) continue;
      known.add(fact);
      const fault = { code: "ERR_CONFIG_CONFLICT", fact, found: null } as const;
      report.add([...table, key], fault);
    }
  };
  check(tlsLayerOf(noMirror, bare, overlay), ["tls"], told);
  check(tlsLayerOf(noMirror, root, overlay), ["defaults", "tls"], told);
  for (const [id, own] of root.mirrors) {
    check(tlsLayerOf(own, root, overlay), ["mirrors", id, "tls"], new Set(told));
  }
}

function conflictsOf(layer: TlsLayer): [key: keyof TlsLayer, fact: string][] {
  const conflicts: [keyof TlsLayer, string][] = [];
  const { min_version = "1.2", max_version, client_cert_file, client_key_file } = layer;
  if (max_version !== undefined && min_version > max_version) {
    conflicts.push(["max_version", `less than min_version, which is ${min_version}`]);
  }
  if (client_cert_file !== undefined && client_key_file === undefined) {
    conflicts.push(["client_cert_file", "given without client_key_file"]);
  }
  if (client_key_file !== undefined && client_cert_file === undefined) {
    conflicts.push(["client_key_file", "given without client_cert_file"]);
  }
  return conflicts;
}
