/** IANA names of TLS 1.3 cipher suites; OpenSSL calls them the same. */
const TLS_1_3: ReadonlySet<string> = new Set([
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_128_CCM_SHA256",
]);

/** IANA names of TLS 1.2 cipher suites, and OpenSSL's. */
const TLS_1_2: ReadonlyMap<string, string> = new Map([
  ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
  ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"],
  ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ["TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"],
  ["TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"],
  ["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"],
  ["TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384"],
  ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"],
  ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"],
  ["TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"],
  ["TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"],
]);

/** The IANA names that `cipherSuites` may hold. */
export const cipherSuiteNames: readonly string[] = [...TLS_1_3, ...TLS_1_2.keys()];

/**
 * Cipher suites by their IANA names as OpenSSL's cipher list, in their order.
 *
 * A version of TLS that no name is of keeps its part of `defaults`: OpenSSL would switch the
 * version off, which `minVersion` and `maxVersion` are there for.
 *
 * @throws TypeError for a name that is not in {@link cipherSuiteNames}.
 */
export function cipherList(names: readonly string[], defaults: string): string {
  const modern = names.filter((name) => TLS_1_3.has(name));
  const older = names.flatMap((name) => TLS_1_2.get(name) ?? []);
  const unknown = names.find((name) => !TLS_1_3.has(name) && !TLS_1_2.has(name));
  if (unknown !== undefined) {
    throw new TypeError(`not the IANA name of a cipher suite that is known: ${unknown}`);
  }
  const kept = defaults.split(":");
  const isModern = (name: string) => name.startsWith("TLS_");
  return [
    ...(modern.length > 0 ? modern : kept.filter(isModern)),
    ...(older.length > 0 ? older : kept.filter((name) => !isModern(name))),
  ].join(":");
}
