import type { MirrorConfig } from "@mirror/config";
import type { Credentials } from "@mirror/fetch";
import { INSECURE } from "../../insecure.js";
import type { Network } from "../../network.js";
import { proxyOf } from "../../proxy.js";

const DAY = 24 * 3600 * 1000;
const SOON = 30 * DAY;

/** What an operator may not have meant about TLS and credentials, without any secret. */
export function remarksOnNetwork(
  mirror: MirrorConfig,
  network: Network,
  env: Readonly<Record<string, string | undefined>>,
  now: Date,
): string[] {
  const { inspection, credentials, exposed } = network;
  const { caCertFile, clientCertFile } = mirror.tls;
  return [
    ...(mirror.tls.insecureSkipVerify ? [INSECURE] : []),
    ...exposed.map((path) => `${path}: others than its owner may read this secret (chmod 600)`),
    ...inspection.authorities.flatMap(({ subject, validTo }) =>
      remarksOnDate(`${caCertFile}: the authority ${subject}`, validTo, now, 0),
    ),
    ...(inspection.clientCertificate === undefined
      ? []
      : remarksOnDate(
          `${clientCertFile}: the client certificate`,
          inspection.clientCertificate.validTo,
          now,
          SOON,
        )),
    ...(credentials === undefined ? [] : remarksOnCredentials(mirror, credentials, env)),
  ];
}

function remarksOnDate(what: string, validTo: Date, now: Date, soon: number): string[] {
  const left = validTo.getTime() - now.getTime();
  if (left < 0) return [`${what} expired on ${validTo.toISOString()}`];
  return left < soon ? [`${what} expires on ${validTo.toISOString()}`] : [];
}

function remarksOnCredentials(
  mirror: MirrorConfig,
  credentials: Credentials,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const proxy = proxyOf(mirror, env);
  const urls = [...mirror.urls, proxy?.http, proxy?.https].filter((url) => url !== undefined);
  const targets = urls
    .filter((url) => URL.canParse(url) && !url.startsWith("file:"))
    .map((url) => new URL(url));
  const withheld = [...new Map(targets.map((url) => [url.host, url])).values()].flatMap((url) => {
    const line = credentials.withheld(url);
    return line === undefined
      ? []
      : [
          `${credentials.name}:${line}: not used for ${url.protocol}//${url.host}, which is not ` +
            `encrypted; write "machine http://${url.host}" to send the password all the same`,
        ];
  });
  const used = targets.some((url) => credentials.find(url) !== undefined);
  const idle = `${credentials.name}: has nothing for the servers and proxies of this mirror`;
  const isIdle = targets.length > 0 && !used && withheld.length === 0;
  return [...credentials.remarks, ...withheld, ...(isIdle ? [idle] : [])];
}
