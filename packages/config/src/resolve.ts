import type {
  Config,
  FiltersConfig,
  LogConfig,
  MirrorConfig,
  PromoteConfig,
  SignConfig,
  TlsConfig,
  TraceConfig,
} from "./config.js";
import type { Overlay, Overrides } from "./env.js";
import { resolveSnapshot } from "./resolve-snapshot.js";
import { tlsLayerOf } from "./tls-layer.js";
import type { MirrorLayer, RootLayer, TlsLayer } from "./validate.js";

const SECOND = 1000;

/** Fills every key from its layers; a required one that no layer gives comes out empty. */
export function resolveConfig(
  path: string,
  root: RootLayer,
  overlay: Overlay,
  overrides: Overrides,
): Config {
  const log: LogConfig = {
    level: overlay.logLevel ?? root.log.level ?? "info",
    format: overlay.logFormat ?? root.log.format ?? "text",
  };
  const dir = overlay.dir ?? root.dir ?? "";
  return {
    path,
    dir,
    maxConns: overlay.maxConns ?? root.max_conns ?? 10,
    parallel: root.parallel ?? 4,
    minFree: root.min_free ?? { share: 0.02, atMost: 10 * 2 ** 30 },
    log,
    mirrors: [...root.mirrors].map(([id, own]) => ({
      ...resolveMirror(id, own, root, overlay, overrides),
      snapshot: resolveSnapshot(id, own, root, dir),
    })),
  };
}

function resolveMirror(
  id: string,
  own: MirrorLayer,
  root: RootLayer,
  overlay: Overlay,
  overrides: Overrides,
): Omit<MirrorConfig, "snapshot"> {
  const { defaults } = root;
  const layer: MirrorLayer = { ...defaults, ...own };
  const indices = { ...defaults.indices, ...own.indices };
  const proxy = layer.proxy ?? root.proxy;
  const authFile = layer.auth_file ?? root.auth_file;
  return {
    id,
    type: "apt",
    urls: urlsOf(own) ?? urlsOf(defaults) ?? [],
    suites: list(layer.suites),
    frozen: list(layer.frozen),
    sections: list(layer.sections),
    architectures: list(layer.architectures),
    mirrorSource: layer.mirror_source ?? false,
    indices: {
      translations: indices.translations ?? "all",
      contents: indices.contents ?? true,
      commands: indices.commands ?? true,
      dep11: indices.dep11 ?? true,
      installer: indices.installer ?? false,
      pdiffs: indices.pdiffs ?? false,
    },
    pgpKeyPath: list(layer.pgp_key_path),
    pgpFingerprints: list(layer.pgp_fingerprints),
    noPgpCheck: overrides.noPgpCheck ?? layer.no_pgp_check ?? false,
    checkValidUntil: layer.check_valid_until ?? true,
    allowRollback: layer.allow_rollback ?? false,
    allowReleaseInfoChange: layer.allow_release_info_change ?? false,
    maxFuture: layer.max_future ?? 10 * SECOND,
    byHash: layer.by_hash ?? "auto",
    ignoreMissing: list(layer.ignore_missing),
    maxShrink: layer.max_shrink ?? 0.4,
    ...resolveTrace({ ...defaults.trace, ...own.trace }),
    filters: resolveFilters({ ...defaults.filters, ...own.filters }),
    ...resolveSign({ ...defaults.sign, ...own.sign }),
    publishToStaging: layer.publish_to_staging ?? false,
    rootShows: layer.root_shows ?? "latest",
    promote: resolvePromote({ ...defaults.promote, ...own.promote }),
    retries: layer.retries ?? root.retries ?? 5,
    stallTimeout: layer.stall_timeout ?? root.stall_timeout ?? 30 * SECOND,
    giveUpAfter: layer.give_up_after ?? root.give_up_after ?? 120 * SECOND,
    ...(proxy === undefined ? {} : { proxy }),
    ...(authFile === undefined ? {} : { authFile }),
    tls: resolveTls(tlsLayerOf(own, root, overlay)),
  };
}

function resolveFilters(layer: NonNullable<MirrorLayer["filters"]>): FiltersConfig {
  const { package_list } = layer;
  return {
    keepVersions: layer.keep_versions ?? 0,
    excludePatterns: list(layer.exclude_patterns),
    includePatterns: list(layer.include_patterns),
    sections: list(layer.sections),
    priorities: list(layer.priorities),
    withDependencies: layer.with_dependencies ?? false,
    withRecommends: layer.with_recommends ?? false,
    ...(package_list === undefined ? {} : { packageList: package_list }),
  };
}

function resolveSign(layer: NonNullable<MirrorLayer["sign"]>): { sign?: SignConfig } {
  const { key_path, passphrase_file, valid_for } = layer;
  if (key_path === undefined) return {};
  return {
    sign: {
      keyPath: key_path,
      ...(passphrase_file === undefined ? {} : { passphraseFile: passphrase_file }),
      ...(valid_for === undefined ? {} : { validFor: valid_for }),
    },
  };
}

function resolveTrace(layer: NonNullable<MirrorLayer["trace"]>): { trace?: TraceConfig } {
  const { host, maintainer } = layer;
  if (host === undefined) return {};
  return { trace: { host, ...(maintainer === undefined ? {} : { maintainer }) } };
}

function resolvePromote(layer: NonNullable<MirrorLayer["promote"]>): PromoteConfig {
  const { min_packages, max_shrink, command } = layer;
  return {
    verify: layer.verify ?? "quick",
    ...(min_packages === undefined ? {} : { minPackages: min_packages }),
    ...(max_shrink === undefined ? {} : { maxShrink: max_shrink }),
    requireValid: layer.require_valid ?? false,
    ...(command === undefined ? {} : { command }),
    timeout: layer.timeout ?? 600 * SECOND,
  };
}

function resolveTls(layer: TlsLayer): TlsConfig {
  const { max_version, ca_cert_file, client_cert_file, client_key_file, server_name } = layer;
  return {
    minVersion: layer.min_version ?? "1.2",
    ...(max_version === undefined ? {} : { maxVersion: max_version }),
    insecureSkipVerify: layer.insecure_skip_verify ?? false,
    ...(ca_cert_file === undefined ? {} : { caCertFile: ca_cert_file }),
    ...(client_cert_file === undefined ? {} : { clientCertFile: client_cert_file }),
    ...(client_key_file === undefined ? {} : { clientKeyFile: client_key_file }),
    cipherSuites: layer.cipher_suites ?? [],
    ...(server_name === undefined ? {} : { serverName: server_name }),
  };
}

/** `url` or `urls`, whichever this layer gives; one layer's word replaces the other's whole. */
function urlsOf({ url, urls }: MirrorLayer): readonly string[] | undefined {
  return url === undefined ? urls : [url];
}

function list(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : typeof given === "string" ? [given] : given;
}
