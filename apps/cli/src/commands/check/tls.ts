import type { MirrorConfig } from "@mirror/config";
import { probeTls, redactUrl, type TlsProbe } from "@mirror/fetch";
import { trusting } from "../../ca.js";
import { openLog, readConfiguration } from "../../configuration.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { INSECURE } from "../../insecure.js";
import { authoritiesOf } from "../../mirror-job.js";
import { type Network, readNetwork } from "../../network.js";
import { becomeOwner } from "../../owner.js";
import { proxyOf } from "../../proxy.js";
import { describeError } from "../../render/describe-error.js";
import { type MirrorDocument, printDocument } from "../../render/document.js";
import { logError } from "../../render/failure.js";
import { renderTlsProbe } from "../../render/tls-probe.js";
import { selectMirrors } from "../../select-mirrors.js";

/** What came of one server. */
interface Outcome {
  readonly id: string;
  readonly probe?: TlsProbe;
  /** Why a sync would not speak to it. */
  readonly error?: unknown;
}

/**
 * Probes the https servers of the mirrors named with their own settings: versions,
 * connection, certificates. No request is sent. A mirror of `file:` URLs alone has none.
 * @returns The exit status: 1 if a sync would refuse a server, or could not reach it.
 * @throws CliError ERR_CLI_UNKNOWN_MIRROR, ERR_CLI_NO_TLS; ConfigError.
 */
export async function checkTls(words: Words, flags: Flags, host: Host): Promise<number> {
  const config = await readConfiguration(flags, host);
  const mirrors = await selectMirrors(config.mirrors, words.positionals.ids ?? []);
  const log = openLog(config, flags, host, mirrors.length > 1);
  const authorities = await authoritiesOf(mirrors, host);
  const read = await Promise.all(
    mirrors.map(async (mirror) => {
      const network = await readNetwork(mirror).catch((error: unknown) => ({ error }));
      return { mirror, network };
    }),
  );
  becomeOwner(config.dir);

  const outcomes: Outcome[] = [];
  for (const { mirror, network } of read) {
    const { id } = mirror;
    if (mirror.urls.every((url) => url.startsWith("file:"))) {
      log.info("no server to speak TLS with: the upstream is read from files", { mirror: id });
    }
    if (mirror.tls.insecureSkipVerify) log.warn(INSECURE, { mirror: id });
    const found =
      "error" in network
        ? [{ id, error: network.error }]
        : await probeMirror(mirror, { ...network, tls: trusting(network.tls, authorities) }, host);
    for (const outcome of found) {
      const { probe, error } = outcome;
      outcomes.push(outcome);
      const failed = error !== undefined;
      if (probe !== undefined && !flags.json && (failed || !flags.quiet)) {
        host.stdout.write(renderTlsProbe(probe));
      }
      if (failed) logError(log, error, { ...CONTEXT, mirror: id, verbose: flags.verboseErrors });
    }
  }
  const ok = outcomes.every(({ error }) => error === undefined);
  if (flags.json) {
    const documents = mirrors.map(({ id }) => toJson(id, outcomes));
    printDocument(host.stdout, "check tls", { ok, mirrors: documents });
  }
  return ok ? 0 : 1;
}

const CONTEXT = { doing: "checking TLS", command: "check tls" };

async function probeMirror(mirror: MirrorConfig, network: Network, host: Host): Promise<Outcome[]> {
  const { id } = mirror;
  const servers = mirror.urls.filter((url) => !url.startsWith("file:"));
  const origins = new Map(servers.map((url) => [new URL(url).origin, url]));
  const secure = [...origins.values()].filter((url) => url.startsWith("https:"));
  if (secure.length === 0 && servers.length > 0) {
    const found = servers.map(redactUrl).join(", ");
    const message = `no server to speak TLS with, expected an https URL, found ${found}`;
    return [{ id, error: new CliError("ERR_CLI_NO_TLS", message, { expected: "https", found }) }];
  }
  const outcomes: Outcome[] = [];
  for (const url of secure) {
    try {
      const probe = await probeTls(url, {
        tls: network.tls,
        credentials: network.credentials,
        proxy: proxyOf(mirror, host.env),
        signal: host.signal,
      });
      outcomes.push({ id, probe, ...(probe.refused && { error: probe.refused }) });
    } catch (error) {
      if (host.signal.aborted) throw error;
      outcomes.push({ id, error });
    }
  }
  return outcomes;
}

/** One mirror: all its servers, and the first error. */
function toJson(id: string, outcomes: readonly Outcome[]): MirrorDocument {
  const own = outcomes.filter((outcome) => outcome.id === id);
  const servers = own.flatMap(({ probe, error }) => {
    if (probe === undefined) return [];
    const { refused: _told, ...facts } = probe;
    return [{ ...facts, ok: error === undefined }];
  });
  const failed = own.find(({ error }) => error !== undefined);
  if (failed === undefined) return { id, ok: true, servers };
  return { id, ok: false, error: describeError(failed.error, CONTEXT), servers };
}
