/** What a mirror says of itself. */
export interface OwnTrace {
  /** The name under which clients reach it. */
  readonly host: string;
  /** Program and version. */
  readonly creator: string;
  readonly maintainer?: string;
  readonly started: Date;
  readonly finished: Date;
  /** The archive's trace file, of which the serial is passed on. */
  readonly master?: string;
  readonly suites: readonly string[];
  /** Those that the tree holds, `all` and `source` among them. */
  readonly architectures: readonly string[];
  /** Those that it is made to hold. */
  readonly configured: readonly string[];
  /** The host that it was made from. */
  readonly upstream: string;
  /** Bytes. */
  readonly received: number;
}

/** The trace file of a mirror, in the form that Debian's mirror tools write and read. */
export function ownTrace(trace: OwnTrace): string {
  const { host, creator, maintainer, started, finished } = trace;
  const serial = /^Archive serial: (\d{8,12})$/m.exec(trace.master ?? "")?.[1];
  const seconds = Math.max(0, Math.round((finished.getTime() - started.getTime()) / 1000));
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ["Date", mailDate(finished)],
    ["Date-Started", mailDate(started)],
    ["Archive serial", serial],
    ["Creator", creator],
    ["Running on host", host],
    ["Maintainer", maintainer],
    ["Suites", trace.suites.join(" ")],
    ["Architectures", trace.architectures.join(" ")],
    ["Architectures-Configuration", `INCLUDE ${trace.configured.join(" ")}`],
    ["Upstream-mirror", trace.upstream],
    ["Total bytes received", String(trace.received)],
    ["Total time spent", String(seconds)],
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`));
  return `${[posixDate(finished), ...lines].join("\n")}\n`;
}

/** As RFC 5322 has it: `Sun, 28 Feb 2016 09:40:29 +0000`. */
function mailDate(time: Date): string {
  return time.toUTCString().replace("GMT", "+0000");
}

/** As `date -u` prints it: `Sun Feb 28 09:40:29 UTC 2016`. */
function posixDate(time: Date): string {
  const [day = "", date = "", month = "", year = "", clock = ""] = time.toUTCString().split(/,? /);
  return `${day} ${month} ${date.replace(/^0/, " ")} ${clock} UTC ${year}`;
}
