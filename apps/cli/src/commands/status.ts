import { eachMirror, finishRound, type Round, resultsOf } from "../each-mirror.js";
import type { Flags, Words } from "../flags.js";
import { freeSpace } from "../free-space.js";
import type { Host } from "../host.js";
import { type MirrorStatus, statusOf } from "../mirror-status.js";
import { openMirrors } from "../open-mirrors.js";
import { renderStatus } from "../render/status.js";
import { readAge } from "./snapshot/prune.js";

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
  const free = await freeSpace(config.dir);
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
  const healthy = (status: MirrorStatus) => !checking || status.problems.length === 0;
  const code = finishRound(round, outcomes, (status) => ({ ...status, ok: healthy(status) }), {
    free,
    notConfigured: others,
  });
  return statuses.every(healthy) ? code : 1;
}
