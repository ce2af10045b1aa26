import type { Config, MirrorConfig } from "@mirror/config";
import type { Store } from "@mirror/snapshot";
import { openLog, readConfiguration } from "../../configuration.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { authoritiesOf, type MirrorJob, prepareJobs } from "../../mirror-job.js";
import { collectionOf, storeOf } from "../../open-mirrors.js";
import { becomeOwner, isWritable } from "../../owner.js";
import { describeError } from "../../render/describe-error.js";
import { type MirrorDocument, printDocument } from "../../render/document.js";
import { logError } from "../../render/failure.js";
import { count } from "../../render/size.js";
import { remarksOnDisks } from "./disk-remarks.js";
import { remarksOnKeyring } from "./keyring-remarks.js";
import { remarksOnNetwork } from "./network-remarks.js";
import { remarksOnSettings } from "./settings-remarks.js";
import { remarksOnSigning } from "./signing-remarks.js";

interface Failed {
  readonly doing: string;
  readonly error: unknown;
}

/** What was found out about a mirror's settings by opening everything that they name. */
interface Examined {
  readonly mirror: MirrorConfig;
  readonly failed: readonly Failed[];
  readonly remarks: readonly string[];
}

/**
 * Validates the configuration and opens every file that it names.
 * @returns The exit status: 1 if any file cannot be used.
 * @throws ConfigError with every problem of the configuration at once.
 */
export async function checkConfig(_words: Words, flags: Flags, host: Host): Promise<number> {
  const config = await readConfiguration(flags, host);
  const log = openLog(config, flags, host, true);
  const jobs = await prepareJobs(config.mirrors);
  await authoritiesOf(config.mirrors, host);
  const opened = await Promise.all(jobs.map((job) => examine(job, host)));
  // Last, as whoever is root is the owner from here on, and reads no more files of its own.
  becomeOwner(config.dir);
  const examined = await examineAsOwner(config, opened);
  for (const { mirror, failed, remarks } of examined) {
    const whose = { mirror: mirror.id, command: "check config", verbose: flags.verboseErrors };
    for (const { doing, error } of failed) logError(log, error, { ...whose, doing });
    for (const remark of remarks) log.warn(remark, { mirror: mirror.id });
  }
  const ok = examined.every(({ failed }) => failed.length === 0);
  if (flags.json) {
    const mirrors = examined.map(toJson);
    printDocument(host.stdout, "check config", { ok, path: config.path, dir: config.dir, mirrors });
  } else if (ok && !flags.quiet) {
    const mirrors = count(config.mirrors.length, "mirror");
    host.stdout.write(`${config.path}: the configuration passes all checks (${mirrors})\n`);
  }
  return ok ? 0 : 1;
}

/** Where more than one thing fails, the first is the error and all are its problems. */
function toJson({ mirror: { id }, failed, remarks }: Examined): MirrorDocument {
  const messages = remarks.map((message) => ({ message }));
  const errors = failed.map(({ doing, error }) =>
    describeError(error, { doing, command: "check config" }),
  );
  const [first] = errors;
  if (first === undefined) return { id, ok: true, remarks: messages };
  const error = errors.length === 1 ? first : { ...first, problems: errors };
  return { id, ok: false, error, remarks: messages };
}

/** What is looked at of each mirror: each fails, or has something to say, for itself. */
const EXAMINATIONS: readonly [
  doing: string,
  look: (job: MirrorJob, host: Host) => string[] | Promise<string[]>,
][] = [
  ["reading the keyring", examineTrust],
  ["reading certificates and credentials", examineNetwork],
  ["reading the signing key", examineSigning],
];

async function examine(job: MirrorJob, host: Host): Promise<Examined> {
  const failed: Failed[] = [];
  const remarks: string[] = [];
  for (const [doing, look] of EXAMINATIONS) {
    try {
      remarks.push(...(await look(job, host)));
    } catch (error) {
      const { spec } = job;
      const isOfSpec = "error" in spec && spec.error === error;
      failed.push({ doing: isOfSpec ? spec.doing : doing, error });
    }
  }
  return { mirror: job.mirror, failed, remarks };
}

/** Adds what the owner of `dir` finds: disks that he cannot read, snapshots that nothing links to. */
async function examineAsOwner(config: Config, opened: readonly Examined[]): Promise<Examined[]> {
  const store = storeOf(config);
  const synced = new Set(await store.collections());
  return opened.map(({ mirror, failed, remarks }) => {
    const tried = synced.has(mirror.id) && isWritable(config.dir);
    return {
      mirror,
      failed: tried ? [...failed, ...tryLink(store, mirror)] : failed,
      remarks: [...remarks, ...remarksOnDisks(mirror.urls)],
    };
  });
}

/** Links a probe from the trees of a mirror to its snapshots. */
function tryLink(store: Store, mirror: MirrorConfig): Failed[] {
  try {
    const { path, allowCopy } = mirror.snapshot;
    if (collectionOf(store, mirror).checkSnapshots() === "links" || allowCopy) return [];
    const message = `${path}: no hard links from ${store.dir}, expected them or allow_copy`;
    throw new CliError("ERR_CLI_NO_HARD_LINKS", message, { path });
  } catch (error) {
    return [{ doing: "trying a hard link to the snapshots", error }];
  }
}

/** Opens the keyrings of a mirror, and comments on its settings. */
async function examineTrust({ mirror, spec }: MirrorJob, host: Host): Promise<string[]> {
  if ("error" in spec) throw spec.error;
  const keyring = spec.trust.check ? await spec.trust.keyring() : undefined;
  const skipped = (keyring?.skipped ?? []).map(({ file, problem }) => `${file}: ${problem}`);
  const keys =
    keyring === undefined ? [] : remarksOnKeyring(keyring, mirror.pgpFingerprints, host.now());
  return [...skipped, ...keys, ...remarksOnSettings(mirror, spec)];
}

function examineNetwork({ mirror, network }: MirrorJob, host: Host): string[] {
  if ("error" in network) throw network.error;
  return remarksOnNetwork(mirror, network, host.env, host.now());
}

async function examineSigning({ mirror, spec }: MirrorJob, host: Host): Promise<string[]> {
  if ("error" in spec || !spec.sign || !mirror.sign) return [];
  return await remarksOnSigning(spec.sign, mirror.sign, host.now());
}
