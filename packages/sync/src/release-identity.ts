import type { Release } from "@mirror/deb822";

/** What a Release calls itself, and when it was made: what the next one is compared with. */
export interface ReleaseIdentity {
  readonly codename?: string;
  readonly suite?: string;
  readonly version?: string;
  readonly origin?: string;
  readonly label?: string;
  /** ISO 8601. */
  readonly date?: string;
}

/** The identity of a parsed Release. */
export function identityOf(release: Release): ReleaseIdentity {
  const { codename, suite, version, origin, label, date } = release;
  const fields = { codename, suite, version, origin, label, date: date?.toISOString() };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
