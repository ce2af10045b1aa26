import { stat } from "node:fs/promises";
import type { MirrorConfig, TlsConfig } from "@mirror/config";
import {
  type Credentials,
  inspectTls,
  type PemFile,
  readCredentials,
  type TlsInspection,
  type TlsOptions,
} from "@mirror/fetch";
import { readNamedFile } from "./read-file.js";

/** What the files say that a mirror names for speaking to its servers. */
export interface Network {
  /** `ca` only if the mirror names one. */
  readonly tls: TlsOptions;
  readonly inspection: TlsInspection;
  readonly credentials: Credentials | undefined;
  /** Files with secrets that others than their owner may read. */
  readonly exposed: readonly string[];
}

/**
 * Reads the certificates, the key and the credentials of a mirror, which only the starting user may
 * be able to do.
 * @throws CliError ERR_CLI_UNREADABLE_FILE.
 * @throws FetchError ERR_FETCH_BAD_TLS_FILE, ERR_FETCH_BAD_AUTH_FILE.
 */
export async function readNetwork(mirror: MirrorConfig): Promise<Network> {
  const tls = await readTls(mirror.tls);
  const inspection = inspectTls(tls);
  const { authFile, tls: names } = mirror;
  const credentials = authFile && readCredentials(await readText(authFile, "file of credentials"));
  const secrets = [authFile, names.clientKeyFile].filter((path) => path !== undefined);
  const exposed = await Promise.all(
    secrets.map(async (path) => ((await isOpen(path)) ? path : "")),
  );
  return {
    tls,
    inspection,
    credentials: credentials || undefined,
    exposed: exposed.filter((path) => path !== ""),
  };
}

async function readTls(names: TlsConfig): Promise<TlsOptions> {
  const { caCertFile, clientCertFile, clientKeyFile, maxVersion, serverName } = names;
  return {
    minVersion: names.minVersion,
    insecure: names.insecureSkipVerify,
    cipherSuites: names.cipherSuites,
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(caCertFile && { ca: await readText(caCertFile, "file of authorities") }),
    ...(clientCertFile && { cert: await readText(clientCertFile, "client certificate") }),
    ...(clientKeyFile && { key: await readText(clientKeyFile, "client key") }),
  };
}

async function readText(path: string, purpose: string): Promise<PemFile> {
  return { name: path, text: Buffer.from(await readNamedFile(path, purpose)).toString("utf8") };
}

async function isOpen(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o077) !== 0;
}
