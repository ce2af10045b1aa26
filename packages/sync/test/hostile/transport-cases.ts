import type { Fault, FaultMatcher, FaultWhen } from "@mirror/testkit";

/** What a server does wrong, to which of its files. */
export interface TransportCase {
  readonly name: string;
  readonly faults: readonly (readonly [
    FaultMatcher,
    Fault | ((place: Place) => Fault),
    FaultWhen?,
  ])[];
  /** The refusal; without it the mirror must succeed. */
  readonly code?: RegExp;
}

/** Where the servers of a test are. */
export interface Place {
  /** The same repository on another port. */
  readonly elsewhere: string;
  /** A port that nobody listens on. */
  readonly nowhere: string;
  readonly here: string;
}

export const DEB = /\.deb$/;
export const BIG = /big_2.*\.deb$/;
export const INDEX = /binary-amd64/;
const BY_HASH = /by-hash/;
const PLAIN_INDEX = /binary-amd64\/Packages/;

const several = (code: string) => new RegExp(`^(${code}|ERR_SYNC_FILES_FAILED)$`);
const BROKEN = several("ERR_FETCH_BROKEN");
const STALLED = several("ERR_FETCH_STALLED");
const STATUS = several("ERR_FETCH_HTTP_STATUS");
const REDIRECT = several("ERR_FETCH_REDIRECT");
const CONTENT = several("ERR_FETCH_(SIZE|DIGEST)_MISMATCH");

const FILES: readonly (readonly [string, FaultMatcher])[] = [
  ["InRelease", "InRelease"],
  ["an index", INDEX],
  ["a package", BIG],
];

/** The same fault for a package alone: where the kind of file makes no difference. */
function forPackage(...given: Parameters<typeof forEach>): TransportCase[] {
  return forEach(...given).slice(-1);
}

/** The same fault for a Release file, an index and a package. */
function forEach(
  name: string,
  fault: Fault | ((place: Place) => Fault),
  code: RegExp,
): TransportCase[] {
  return FILES.map(([what, matcher]) => ({
    name: `${what} ${name}`,
    faults: [[matcher, fault]],
    code,
  }));
}

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: "status",
  status: code,
  headers,
});
const html: Fault = {
  kind: "content",
  body: "<html><body>Log in to the network</body></html>",
  headers: { "Content-Type": "text/html" },
};
/** Headers without end. */
const endlessHeaders: Fault = {
  kind: "respond",
  respond: (_request, response) => {
    const socket = response.socket;
    socket?.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket?.write(`X-More: ${"x".repeat(8000)}\r\n`), 2);
    socket?.once("close", () => clearInterval(timer));
  },
};
/** A range that nobody asked for. */
const unasked206: Fault = {
  kind: "respond",
  respond: (_request, response) => {
    response.writeHead(206, { "Content-Range": "bytes 5-9/10", "Content-Length": "5" });
    response.end("later");
  },
};

/** What must end in an error, soon, and leave everything as it was. */
export const FAILING: readonly TransportCase[] = [
  ...forEach("cut short for ever", { kind: "truncate", after: 40 }, BROKEN),
  ...forEach("without an answer", { kind: "stall", in: "headers" }, STALLED),
  ...forEach("that stops in the middle", { kind: "stall", in: "body", after: 40 }, STALLED),
  ...forEach("at 20 bytes a second", { kind: "drip", bytes: 1, every: 50 }, STALLED),
  ...forEach(
    "that never ends",
    { kind: "flood", every: 2 },
    several("ERR_FETCH_(TOO_LARGE|SIZE_MISMATCH)"),
  ),
  ...forEach(
    "that is announced with 4 TB",
    { kind: "length", contentLength: 4e12 },
    several("ERR_FETCH_(TOO_LARGE|SIZE_MISMATCH|BROKEN)"),
  ),
  ...forEach("whose connection is reset", { kind: "reset" }, BROKEN),
  ...forEach("reset in the middle", { kind: "reset", after: 40 }, BROKEN),
  ...forEach(
    "with headers without end",
    endlessHeaders,
    several("ERR_FETCH_(PROTOCOL|BROKEN|STALLED)"),
  ),
  ...forEach(
    "that is not HTTP",
    { kind: "raw", bytes: "220 ftp.example.org ready\r\n" },
    several("ERR_FETCH_PROTOCOL"),
  ),
  ...forPackage("with a connection closed at once", { kind: "raw", bytes: "" }, BROKEN),
  ...forEach(
    "in a redirection loop",
    (place) => ({ kind: "redirect", location: `${place.here}loop` }),
    REDIRECT,
  ),
  ...forEach(
    "redirected to a file",
    { kind: "redirect", location: "file:///etc/passwd" },
    REDIRECT,
  ),
  ...forPackage("redirected to FTP", { kind: "redirect", location: "ftp://127.0.0.1/" }, REDIRECT),
  ...forPackage("redirected without Location", { kind: "redirect" }, REDIRECT),
  ...forPackage("redirected to garbage", { kind: "redirect", location: "http://[::1" }, REDIRECT),
  ...forPackage(
    "redirected to a closed port",
    (place) => ({ kind: "redirect", location: place.nowhere }),
    several("ERR_FETCH_CONNECT"),
  ),
  ...forEach("answered with 500 for ever", status(500), STATUS),
  ...forPackage("answered with 429 for ever", status(429), STATUS),
  ...forEach("that asks to wait for a day", status(503, { "Retry-After": "86400" }), STATUS),
  ...forPackage("that is forbidden", status(403), STATUS),
  ...forPackage("that wants credentials", status(401, { "WWW-Authenticate": "Basic" }), STATUS),
  ...forEach(
    "answered with 204",
    status(204),
    several("ERR_(FETCH_(HTTP_STATUS|SIZE_MISMATCH)|VERIFY_NOT_CLEARSIGNED)"),
  ),
  ...forEach("answered with a 206 that nobody asked for", unasked206, STATUS),
  // Of an InRelease that was seen before it is asked for.
  ...forEach("answered with 304 that nobody asked for", status(304), STATUS).slice(1),
  { name: "a captive portal", faults: [[/./, html]], code: /^ERR_VERIFY_NOT_CLEARSIGNED$/ },
  { name: "a captive portal at the indices", faults: [[INDEX, html]], code: CONTENT },
  { name: "a captive portal at the packages", faults: [[DEB, html]], code: CONTENT },
  {
    name: "no InRelease and no Release",
    faults: [[/Release/, status(404)]],
    code: /^ERR_SYNC_NO_RELEASE$/,
  },
  {
    name: "an index that is gone in all forms",
    faults: [[INDEX, status(404)]],
    code: /^ERR_SYNC_MISSING_INDEX$/,
  },
  {
    name: "a package that is gone",
    faults: [[BIG, status(410)]],
    code: several("ERR_SYNC_MISSING_FILE"),
  },
  {
    name: "a package with a byte more",
    faults: [[BIG, { kind: "content", body: (right) => Buffer.concat([right, Buffer.from("x")]) }]],
    code: CONTENT,
  },
  {
    name: "a package with a byte less",
    faults: [[BIG, { kind: "content", body: (right) => right.subarray(1) }]],
    code: CONTENT,
  },
  {
    name: "a package of the same size with other content",
    faults: [[BIG, { kind: "content", body: (right) => Buffer.alloc(right.length) }]],
    code: CONTENT,
  },
  {
    name: "an index of the same size with other content",
    faults: [[INDEX, { kind: "content", body: (right) => Buffer.alloc(right.length) }]],
    code: CONTENT,
  },
];

/** An HTTP/1.0 answer: no length, the end of the connection is the end of the file. */
const http10 = (right: Buffer): Fault => ({
  kind: "raw",
  bytes: Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\nServer: old\r\n\r\n"), right]),
});

/** Answers a range with another one than it asked for. */
const wrongRange: Fault = {
  kind: "respond",
  respond: (request, response) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) - 7;
    response.writeHead(206, {
      "Content-Range": `bytes ${from}-${from + 9}/10`,
      "Content-Length": "10",
    });
    response.end("0123456789");
  },
};
/** Answers a range with bytes of another file, as if they were right. */
const lyingRange: Fault = {
  kind: "respond",
  respond: (request, response) => {
    const total = Number(request.headers["x-size"] ?? 300_000);
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const etag = request.headers["if-range"];
    response.writeHead(206, {
      "Content-Range": `bytes ${from}-${total - 1}/${total}`,
      "Content-Length": String(total - from),
      ...(etag === undefined ? {} : { ETag: etag }),
    });
    response.end(Buffer.alloc(total - from));
  },
};

/** What must not keep a mirror from getting complete. */
export function passing(read: (path: string) => Buffer): readonly TransportCase[] {
  const once = (name: string, fault: Fault): TransportCase[] =>
    FILES.map(([what, matcher]) => ({
      name: `${what} ${name}, once`,
      faults: [[matcher, fault, "once"]],
    }));
  const elsewhere = (code: number): TransportCase => ({
    name: `everything redirected to another host by ${code}`,
    faults: [
      [
        /./,
        (place) => ({
          kind: "respond",
          respond: (request, response) => {
            const location = place.elsewhere + (request.url ?? "/").slice(1);
            response.writeHead(code, { Location: location, "Content-Length": "0" }).end();
          },
        }),
      ],
    ],
  });
  return [
    ...once("answered with 500", status(500)),
    ...once("answered with 429", status(429, { "Retry-After": "0" })),
    ...once("answered with 408", status(408)),
    ...once("cut short", { kind: "truncate", after: 40 }),
    ...once("reset", { kind: "reset" }),
    ...once("that stalls", { kind: "stall", in: "body", after: 40 }),
    ...once("that is not HTTP", { kind: "raw", bytes: "?\r\n\r\n" }),
    {
      name: "a package with other content, once",
      faults: [[BIG, { kind: "content", body: (right) => Buffer.alloc(right.length) }, "once"]],
    },
    {
      name: "an index with other content, once",
      faults: [[INDEX, { kind: "content", body: (right) => Buffer.alloc(right.length) }, "once"]],
    },
    { name: "everything slowly", faults: [[/./, { kind: "delay", ms: 20 }]] },
    { name: "everything chunked", faults: [[/./, { kind: "chunked" }]] },
    {
      name: "everything by HTTP/1.0 without a length",
      faults: [
        [
          /./,
          {
            kind: "respond",
            respond: (request, response) => {
              const fault = http10(read(decodeURIComponent(request.url ?? "/")));
              if (fault.kind === "raw") response.socket?.end(fault.bytes);
            },
          },
        ],
      ],
    },
    ...[301, 302, 303, 307, 308].map(elsewhere),
    {
      name: "gzipped files that are called encoded",
      faults: [
        [
          /\.gz$|by-hash/,
          {
            kind: "content",
            body: (right) => right,
            headers: { "Content-Encoding": "x-gzip", "Content-Type": "application/x-gzip" },
          },
        ],
      ],
    },
    { name: "no by-hash files though announced", faults: [[BY_HASH, status(404)]] },
    { name: "by-hash files only", faults: [[PLAIN_INDEX, status(404)]] },
    {
      name: "indices that are stale but for by-hash",
      faults: [[PLAIN_INDEX, { kind: "content", body: "Package: stale\n" }]],
    },
    {
      name: "one form of an index missing",
      faults: [
        [/Packages\.gz$/, status(404)],
        [BY_HASH, status(404)],
      ],
    },
    {
      name: "a broken download, and ranges that are not those asked for",
      faults: [
        [BIG, { kind: "truncate", after: 200_000 }, "once"],
        [BIG, wrongRange, 2],
      ],
    },
    {
      name: "a broken download, and ranges of another file",
      faults: [
        [BIG, { kind: "truncate", after: 200_000 }, "once"],
        [BIG, lyingRange, 2],
      ],
    },
    {
      name: "a broken download, and a server that knows no ranges",
      faults: [
        [BIG, { kind: "truncate", after: 200_000 }, "once"],
        [BIG, { kind: "content", body: (right) => right }, 2],
      ],
    },
    {
      name: "a broken download, and a range beyond the end",
      faults: [
        [BIG, { kind: "truncate", after: 200_000 }, "once"],
        [BIG, status(416), 2],
      ],
    },
  ];
}
