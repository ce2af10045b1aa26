import type { MirrorConfig } from "@mirror/config";
import { readAuthorities } from "../../ca.js";
import { openLog, readConfiguration } from "../../configuration.js";
import type { Flags } from "../../flags.js";
import type { Host } from "../../host.js";
import { type MirrorJob, prepareJobs } from "../../mirror-job.js";
import { describeError } from "../../render/describe-error.js";
import { printDocument } from "../../render/document.js";
import { logError } from "../../render/failure.js";
import { count } from "../../render/size.js";
import { remarksOnKeyring } from "./keyring-remarks.js";
import { remarksOnNetwork } from "./network-remarks.js";

/** Something that is allowed and that an operator may not have meant. */
interface Remark {
  readonly mirror: string;
  readonly message: string;
}

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
  const failed: { id: string; doing: string; error: unknown }[] = [];
  const remarks: Remark[] = [];
  for (const job of jobs) {
    const { id } = job.mirror;
    for (const [doing, examine] of EXAMINATIONS) {
      try {
        const messages = await examine(job, host);
        remarks.push(...messages.map((message) => ({ mirror: id, message })));
      } catch (error) {
        failed.push({ id, doing, error });
      }
    }
  }
  for (const { id, doing, error } of failed) {
    logError(log, error, { mirror: id, doing, verbose: flags.verboseErrors });
  }
  for (const { mirror, message } of remarks) log.warn(message, { mirror });
  const ok = failed.length === 0;
  if (flags.json) {
    printDocument(host.stdout, "check config", {
      ok,
      path: config.path,
      dir: config.dir,
      mirrors: config.mirrors.map((mirror) => mirror.id),
      remarks,
      errors: failed.map(({ id, error }) => ({
        id,
        ...describeError(error, { doing: "reading the keyring" }),
      })),
    });
  } else if (ok && !flags.quiet) {
    const mirrors = count(config.mirrors.length, "mirror");
    host.stdout.write(`${config.path}: the configuration passes all checks (${mirrors})\n`);
  }
  return ok ? 0 : 1;
}

/** What is looked at of each mirror: each fails, or has something to say, for itself. */
const EXAMINATIONS: readonly [
  doing: string,
  examine: (job: MirrorJob, host: Host) => string[] | Promise<string[]>,
][] = [
  ["reading the keyring", examineTrust],
  ["reading certificates and credentials", examineNetwork],
];

/** Opens the keyrings of a mirror, and comments on its settings. */
async function examineTrust({ mirror, spec }: MirrorJob, host: Host): Promise<string[]> {
  if ("error" in spec) throw spec.error;
  const keyring = spec.trust.check ? await spec.trust.keyring() : undefined;
  const skipped = (keyring?.skipped ?? []).map(({ file, problem }) => `${file}: ${problem}`);
  const keys =
    keyring === undefined ? [] : remarksOnKeyring(keyring, mirror.pgpFingerprints, host.now());
  return [...skipped, ...keys, ...remarksOnTrust(mirror), ...remarksOnIndices(mirror)];
}

function examineNetwork({ mirror, network }: MirrorJob, host: Host): string[] {
  if ("error" in network) throw network.error;
  return remarksOnNetwork(mirror, network, host.env, host.now());
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
