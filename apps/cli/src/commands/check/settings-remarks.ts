import type { MirrorConfig } from "@mirror/config";
import type { MirrorSpec } from "@mirror/sync";

/** What an operator should know of settings that are right, and may not be what was meant. */
export function remarksOnSettings(mirror: MirrorConfig, spec: MirrorSpec): string[] {
  return [
    ...remarksOnTrust(mirror),
    ...remarksOnFrozen(mirror),
    ...remarksOnIndices(mirror),
    ...remarksOnFilters(spec),
    ...remarksOnTrace(mirror),
  ];
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
