import type { Config, MirrorConfig } from "@mirror/config";
import type { MirrorSpec } from "@mirror/sync";
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
import { remarksOnSigning } from "./signing-remarks.js";

interface Failed {
  readonly doing: string;
  readonly error: unknown;
}

/** What was found out about a mirror's settings by opening everything that they name. */
interface Examined {
  readonly id: string;
  readonly failed: Failed[];
  readonly remarks: string[];
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
  const examined = await Promise.all(jobs.map((job) => examine(job, host)));
  // Last, as whoever is root is the owner from here on, and reads no more files of its own.
  becomeOwner(config.dir);
  const linked = await tryLinks(config);
  for (const one of examined) one.failed.push(...(linked.get(one.id) ?? []));
  for (const [index, one] of examined.entries())
    one.remarks.push(...remarksOnDisks(config.mirrors[index]?.urls ?? []));
  for (const { id, failed, remarks } of examined) {
    const whose = { mirror: id, command: "check config", verbose: flags.verboseErrors };
    for (const { doing, error } of failed) logError(log, error, { ...whose, doing });
    for (const remark of remarks) log.warn(remark, { mirror: id });
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
function toJson({ id, failed, remarks }: Examined): MirrorDocument {
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
  return { id: job.mirror.id, failed, remarks };
}

/** Links a probe from the trees to the snapshots of each mirror that has been synced before. */
async function tryLinks(config: Config): Promise<Map<string, Failed[]>> {
  const doing = "trying a hard link to the snapshots";
  const failed = new Map<string, Failed[]>();
  const store = storeOf(config);
  const synced = new Set(await store.collections());
  for (const mirror of config.mirrors) {
    if (!synced.has(mirror.id) || !isWritable(config.dir)) continue;
    try {
      const found = collectionOf(store, mirror).checkSnapshots();
      const { path, allowCopy } = mirror.snapshot;
      if (found === "links" || allowCopy) continue;
      const message = `${path}: no hard links from ${config.dir}, expected them or allow_copy`;
      throw new CliError("ERR_CLI_NO_HARD_LINKS", message, { path });
    } catch (error) {
      failed.set(mirror.id, [{ doing, error }]);
    }
  }
  return failed;
}

/** Opens the keyrings of a mirror, and comments on its settings. */
async function examineTrust({ mirror, spec }: MirrorJob, host: Host): Promise<string[]> {
  if ("error" in spec) throw spec.error;
  const keyring = spec.trust.check ? await spec.trust.keyring() : undefined;
  const skipped = (keyring?.skipped ?? []).map(({ file, problem }) => `${file}: ${problem}`);
  const keys =
    keyring === undefined ? [] : remarksOnKeyring(keyring, mirror.pgpFingerprints, host.now());
  return [
    ...skipped,
    ...keys,
    ...remarksOnTrust(mirror),
    ...remarksOnFrozen(mirror),
    ...remarksOnIndices(mirror),
    ...remarksOnFilters(spec),
    ...remarksOnTrace(mirror),
  ];
}

function examineNetwork({ mirror, network }: MirrorJob, host: Host): string[] {
  if ("error" in network) throw network.error;
  return remarksOnNetwork(mirror, network, host.env, host.now());
}

async function examineSigning({ mirror, spec }: MirrorJob, host: Host): Promise<string[]> {
  if ("error" in spec || !spec.sign || !mirror.sign) return [];
  return await remarksOnSigning(spec.sign, mirror.sign, host.now());
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

function remarksOnFrozen({ frozen, promote, sign }: MirrorConfig): string[] {
  if (frozen.length === 0 || !promote.requireValid || sign !== undefined) return [];
  return [
    `promote.require_valid: refuses every snapshot with ${frozen.join(", ")} once a frozen Release or ` +
      "its key has expired",
  ];
}

function remarksOnFilters({ filters, sign }: MirrorSpec): string[] {
  if (filters === undefined || sign !== undefined) return [];
  return [
    "filters: upstream's signed indices stay as they are, so that clients still see the packages that " +
      "are left out, and fail to download them; with sign they see what is there",
  ];
}

function remarksOnTrace({ trace }: MirrorConfig): string[] {
  if (trace === undefined) return [];
  return [
    "trace: nothing signs trace files; whoever answers in upstream's place decides what " +
      "project/trace/ says, and nothing else",
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
  if (off.length === 0 || mirror.sign !== undefined) return [];
  return [
    `indices without ${off.join(", ")}: "apt update" fails on clients that ask for what Release ` +
      "lists and the mirror leaves out",
  ];
}
