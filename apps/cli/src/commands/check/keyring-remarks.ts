import type { Keyring, KeyringKey } from "@mirror/verify";
import { time } from "../../render/duration.js";

const SOON_MS = 30 * 24 * 60 * 60 * 1000;
const REMEDY = "install the repository's newest keyring";

/** Until when what a key signs counts, and the part of it that decides. */
interface Term {
  readonly key: KeyringKey;
  /** `Infinity` for ever, `-Infinity` never again. */
  readonly until: number;
  /** The subkey that ends first, if one does. */
  readonly subkey?: string;
}

/**
 * What an operator must know of a mirror's keys before a sync fails: those that expire within 30
 * days, those that have expired or are revoked if that leaves none to verify with, and
 * fingerprints that no keyring holds.
 *
 * @param fingerprints - `pgp_fingerprints`: if there are any, other keys do not matter
 */
export function remarksOnKeyring(
  keyring: Keyring,
  fingerprints: readonly string[],
  now: Date,
): string[] {
  const counted = keyring.keys.filter(
    ({ fingerprint }) => fingerprints.length === 0 || fingerprints.includes(fingerprint),
  );
  const copies = new Map<string, KeyringKey[]>();
  for (const key of counted) {
    copies.set(key.fingerprint, [...(copies.get(key.fingerprint) ?? []), key]);
  }
  const terms = [...copies.values()].map((same) => bestTerm(same, now.getTime()));
  const usable = terms.filter((term) => term.until > now.getTime());
  const soon = usable.filter((term) => term.until - now.getTime() <= SOON_MS);
  return [
    ...fingerprints
      .filter((fingerprint) => !copies.has(fingerprint))
      .map((one) => `pgp_fingerprints: no key ${one} in ${keyring.files.join(", ")}`),
    ...(usable.length > 0 ? soon.map(expiring) : terms.map(useless)),
  ];
}

/** Of copies of one key, a revoked one decides, else the one that lasts longest. */
function bestTerm(copies: readonly KeyringKey[], now: number): Term {
  const terms = copies.map((key) => termOf(key, now));
  const order = (term: Term) => (term.key.revoked ? Number.POSITIVE_INFINITY : term.until);
  return terms.reduce((best, term) => (order(term) > order(best) ? term : best));
}

/** A repository signs with the newest subkey that can: the primary key counts when none can. */
function termOf(key: KeyringKey, now: number): Term {
  const whole = key.expires?.getTime() ?? Number.POSITIVE_INFINITY;
  const ends = key.signers.map(({ keyId, expires }) => ({
    keyId,
    end: Math.min(whole, expires?.getTime() ?? Number.POSITIVE_INFINITY),
    primary: keyId === key.keyIds[0],
  }));
  const alive = ends.filter(({ end }) => end > now);
  const subkeys = alive.filter(({ primary }) => !primary);
  const signing = subkeys.length > 0 ? subkeys : alive.length > 0 ? alive : ends;
  const [last] = signing.toSorted((a, b) => b.end - a.end);
  if (key.revoked || last === undefined) return { key, until: Number.NEGATIVE_INFINITY };
  return {
    key,
    until: last.end,
    ...(last.end < whole && !last.primary ? { subkey: last.keyId } : {}),
  };
}

function expiring(term: Term): string {
  return `${inWords(term)} expires ${time(new Date(term.until))}: ${REMEDY} before`;
}

function useless(term: Term): string {
  const { key, until } = term;
  const state = key.revoked
    ? "is revoked"
    : Number.isFinite(until)
      ? `expired ${time(new Date(until))}`
      : "is too weak, or may not sign";
  return `${inWords(term)} ${state}, and no other key can be used: ${REMEDY}`;
}

function inWords({ key, subkey }: Term): string {
  const part = subkey === undefined ? "" : `signing subkey ${subkey} of `;
  const [userId] = key.userIds;
  return `${part}key ${key.fingerprint}${userId === undefined ? "" : ` (${userId})`} in ${key.file}`;
}
