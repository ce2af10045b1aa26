import type { Fault } from "@mirror/testkit";
import type { Random } from "../crash/random.js";
import type { Place } from "./place.js";

/** Something that goes wrong while a mirror is synced. */
export interface Trouble {
  readonly title: string;
  /** Whether a sync gets through it. */
  readonly passes?: boolean;
  /** Whether it can come about here. */
  isPossible?(place: Place): boolean;
  /** Prepares it, for the next sync alone. */
  prepare(place: Place, random: Random): void;
}

const FILES = [/InRelease$/, /binary-amd64/, /\.deb$/];
const STATUSES = [500, 502, 503, 504, 429];
/** A sync makes about so many requests, first that of the Release. */
const REQUESTS = 6;

const pick = <Item>(random: Random, items: readonly Item[]): Item => {
  const [item] = random.some(items, 1);
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
};
const upTo = (random: Random, most: number) => 1 + Math.floor(random.next() * most);

/** Of the same size, with one byte that differs. */
const flipped = (random: Random): Fault => ({
  kind: "content",
  body(right) {
    const at = Math.floor(random.next() * right.length);
    if (right.length > 0) right.writeUInt8(right.readUInt8(at) ^ 0xff, at);
    return right;
  },
});
const portal: Fault = {
  kind: "content",
  body: "<html><body>Log in to the network</body></html>",
  headers: { "Content-Type": "text/html" },
};

/** The same fault for one request, through which a sync gets, and for all. */
function onceAndAlways(title: string, faultOf: (random: Random) => Fault): Trouble[] {
  return [
    {
      title: `${title}, once`,
      passes: true,
      prepare: ({ server }, random) =>
        void server.fault(pick(random, FILES), faultOf(random), "once"),
    },
    {
      title: `${title}, always`,
      prepare: ({ server }, random) => void server.fault(pick(random, FILES), faultOf(random)),
    },
  ];
}

/** Everything that goes wrong, but that processes are killed. */
export const TROUBLES: readonly Trouble[] = [
  ...onceAndAlways("a server error", (random) => ({
    kind: "status",
    status: pick(random, STATUSES),
  })),
  ...onceAndAlways("a cut body", (random) => ({ kind: "truncate", after: upTo(random, 900) })),
  ...onceAndAlways("a reset", (random) =>
    random.next() < 0.5 ? { kind: "reset" } : { kind: "reset", after: upTo(random, 900) },
  ),
  ...onceAndAlways("a stall", (random) =>
    random.next() < 0.5
      ? { kind: "stall", in: "headers" }
      : { kind: "stall", in: "body", after: upTo(random, 900) },
  ),
  {
    title: "wrong content, once",
    passes: true,
    prepare: ({ server }, random) =>
      void server.fault(pick(random, FILES.slice(1)), flipped(random), "once"),
  },
  {
    title: "wrong content, always",
    prepare: ({ server }, random) => void server.fault(pick(random, FILES), flipped(random)),
  },
  {
    title: "a captive portal",
    prepare: ({ server }, random) => void server.fault(pick(random, [...FILES, /./]), portal),
  },
  {
    title: "no by-hash files",
    passes: true,
    prepare: ({ server }) => void server.fault(/by-hash/, { kind: "status", status: 404 }),
  },
  {
    title: "upstream moves",
    prepare(place, random) {
      const before = () => place.release();
      place.server.fault(/./, { kind: "swap", before }, upTo(random, REQUESTS));
    },
  },
  {
    title: "a full disk",
    isPossible: ({ disk }) => disk !== undefined,
    prepare({ server, disk }, random) {
      const bytes = Math.floor(random.next() ** 3 * 200_000);
      const left = random.next() < 0.8 ? { bytes } : { inodes: upTo(random, 40) };
      const before = () => disk?.fill(left);
      server.fault(/./, { kind: "swap", before }, upTo(random, REQUESTS));
    },
  },
];
