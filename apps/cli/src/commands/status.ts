import { readFreeSpace } from "@mirror/sync";
import { eachMirror, finishRound, type Round, resultsOf } from "../each-mirror.js";
import { CliError } from "../error.js";
import type { Flags, Words } from "../flags.js";
import type { Host } from "../host.js";
import { type MirrorStatus, statusOf } from "../mirror-status.js";
import { openMirrors } from "../open-mirrors.js";
import { readAge } from "../read-age.js";
import { type DescribedError, describeError } from "../render/describe-error.js";
import { renderStatus } from "../render/status.js";

/**
 * Says how each mirror stands, and what its pointers show; takes no lock.
 * @returns The exit status: 1 if a mirror could not be read, and with `--check` if one has problems.
 * @throws CliError ERR_CLI_USAGE.
 */
export async function printStatus(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "status";
  const maxAge = readAge("--max-age", words.values["max-age"]);
  const checking = words.switches.has("check");
  const patterns = words.positionals.ids ?? [];
  const opened = await openMirrors(words, { verb, writes: false, flags, host });
  const { mirrors, log, config, store } = opened;
  const round: Round = { verb, doing: "reading the state", flags, host, log };
  const now = host.now();
  const outcomes = await eachMirror(round, mirrors, (open) => statusOf(open, now, maxAge));
  const statuses = resultsOf(outcomes);
  const { bytes, inodes } = await readFreeSpace(config.dir);
  const free = { bytes, inodes };
  const known = new Set(config.mirrors.map(({ id }) => id));
  const others =
    patterns.length > 0 ? [] : (await store.collections()).filter((id) => !known.has(id));

  for (const { id, problems, remarks } of statuses) {
    for (const problem of problems) (checking ? log.error : log.warn)(problem, { mirror: id });
    for (const remark of remarks) log.warn(remark, { mirror: id });
  }
  if (!flags.json && !(flags.quiet && checking)) {
    host.stdout.write(renderStatus(statuses, { now, dir: config.dir, free: free.bytes, others }));
  }
  return finishRound(
    round,
    outcomes,
    (status) => {
      const error = checking ? unhealthy(status) : undefined;
      return error === undefined ? { ...status } : { ...status, error };
    },
    { free, notConfigured: others },
  );
}

function unhealthy({ problems }: MirrorStatus): DescribedError | undefined {
  if (problems.length === 0) return undefined;
  const message = problems.join("; ");
  const facts = { problems: problems.map((problem) => ({ message: problem })) };
  return describeError(new CliError("ERR_CLI_UNHEALTHY", message, facts), { command: "status" });
}
