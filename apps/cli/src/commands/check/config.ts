import type { MirrorConfig } from "@mirror/config";
import { readAuthorities } from "../../ca.js";
import { openLog, readConfiguration } from "../../configuration.js";
import type { Flags } from "../../flags.js";
import type { Host } from "../../host.js";
import { type MirrorJob, prepareJobs } from "../../mirror-job.js";
import { describeError } from "../../render/describe-error.js";
import { type MirrorDocument, printDocument } from "../../render/document.js";
import { logError } from "../../render/failure.js";
import { count } from "../../render/size.js";
import { remarksOnKeyring } from "./keyring-remarks.js";
import { remarksOnNetwork } from "./network-remarks.js";

/** What is known of a mirror's settings once everything that they name was opened. */
type Examined =
  | { readonly id: string; readonly remarks: readonly string[] }
  | { readonly id: string; readonly error: unknown };

/**
 * Validates the configuration and opens every file that it names.
 * @returns The exit status: 1 if any file cannot be used.
 * @throws ConfigError with every problem of the configuration at once.
 */
export async function checkConfig(flags: Flags, host: Host): Promise<number> {
  const config = readConfiguration(flags, host);
  const log = openLog(config, flags, host, true);
  const jobs = await prepareJobs(config.mirrors);
  await readAuthorities(host.env);
  const examined = await Promise.all(jobs.map((job) => examine(job, host.now())));
  for (const one of examined) {
    const mirror = one.id;
    if ("error" in one)
      logError(log, one.error, { mirror, verbose: flags.verboseErrors, ...DOING });
    else for (const remark of one.remarks) log.warn(remark, { mirror });
  }
  const ok = examined.every((one) => "remarks" in one);
  if (flags.json) {
    const mirrors = examined.map(toJson);
    printDocument(host.stdout, "check config", { ok, path: config.path, dir: config.dir, mirrors });
  } else if (ok && !flags.quiet) {
    const mirrors = count(config.mirrors.length, "mirror");
    host.stdout.write(`${config.path}: the configuration passes all checks (${mirrors})\n`);
  }
  return ok ? 0 : 1;
}

const DOING = { doing: "reading the keyring", command: "check config" };

function toJson(one: Examined): MirrorDocument {
  if ("error" in one) return { id: one.id, ok: false, error: describeError(one.error, DOING) };
  return { id: one.id, ok: true, remarks: one.remarks.map((message) => ({ message })) };
}

/** Opens the keyrings of a mirror, and comments on its settings. */
async function examine({ mirror, spec }: MirrorJob, now: Date): Promise<Examined> {
  const { id } = mirror;
  try {
    if ("error" in spec) throw spec.error;
    const keyring = spec.trust.check ? await spec.trust.keyring() : undefined;
    const skipped = (keyring?.skipped ?? []).map(({ file, problem }) => `${file}: ${problem}`);
    const keys =
      keyring === undefined ? [] : remarksOnKeyring(keyring, mirror.pgpFingerprints, now);
    const remarks = [...skipped, ...keys, ...remarksOnTrust(mirror), ...remarksOnIndices(mirror)];
    return { id, remarks };
  } catch (error) {
    return { id, error };
  }
}

function remarksOnTrust(mirror: MirrorConfig): string[] {
  if (mirror.noPgpCheck) {
    return ["signatures are not checked (no_pgp_check): whoever controls the network decides"];
  }
  if (mirror.pgpKeyPath.length > 0) return [];
  return [
    "pgp_key_path is not set: every key that this system's apt trusts counts; " +
      "name the keyring of this repository",
  ];
}

function remarksOnIndices(mirror: MirrorConfig): string[] {
  const { translations, contents, commands, dep11 } = mirror.indices;
  const off = [
    ...(translations === false ? ["translations"] : []),
    ...(contents ? [] : ["contents"]),
    ...(commands ? [] : ["commands"]),
    ...(dep11 ? [] : ["dep11"]),
  ];
  if (off.length === 0) return [];
  return [
    `indices without ${off.join(", ")}: "apt update" fails on clients that ask for what Release ` +
      "lists and the mirror leaves out",
  ];
}
