import type { Random } from "../crash/random.js";
import type { Held } from "./flatness.js";
import type { Look, Place, Ran } from "./place.js";
import { TROUBLES, type Trouble } from "./troubles.js";

/** What came of one round of a soak. */
export interface Round {
  /** What went wrong on purpose. */
  readonly title: string;
  /** Of each sync: how it ended. */
  readonly ends: readonly ("done" | "refused" | "killed")[];
  readonly violations: readonly string[];
  /** What the process holds that carries out most syncs; undefined where it had no part. */
  readonly held: Held | undefined;
  /** All that the mirror keeps besides snapshots and records, by what it shows; where everything is well. */
  readonly ratio: number | undefined;
}

/** Syncs a mirror over and over. */
export interface Soak {
  /** Lets something go wrong, or nothing, in one sync, and judges what is there then. */
  round(): Promise<Round>;
}

/** More than the longest of the time limits that the mirror is set. */
const HANG = 60_000;
/** What all that a mirror keeps besides snapshots and records may take, by what it shows. */
const ROOM = 1.5;
/** The last ones, and those that a pointer shows or has shown before; what is due goes with the next sync. */
const SNAPSHOTS = 8;
/** Hours from one sync to the next: what left upstream is carried for days. */
const STEP = 12;
const CODES = /^ERR_(?:FETCH|SYNC|VERIFY|SNAPSHOT)_/;

export async function openSoak(place: Place, random: Random): Promise<Soak> {
  const steady = await place.resident();
  let victim = place.resident();
  const possible = TROUBLES.filter((trouble) => trouble.isPossible?.(place) ?? true);
  /** Milliseconds. */
  let usual = 500;
  let isHurt = false;
  let seen: Look = { wrong: [], shown: {}, snapshots: 0, store: 0, tree: 0 };

  /** A sync with nothing wrong: from whatever was left, to the newest. */
  const calm = async (title: string): Promise<Round> => {
    const ran = await steady.run(["sync"]);
    const found = await judge([ran], place.version(), true);
    if (ran !== undefined) usual = (usual * 3 + ran.took) / 4;
    const ratio = seen.store / seen.tree;
    if (ratio > ROOM)
      found.push(`no room is given back: keeps ${seen.store} bytes and shows ${seen.tree}`);
    if (seen.snapshots > SNAPSHOTS) found.push(`${seen.snapshots} snapshots are kept`);
    if (random.next() < 0.5) found.push(...(await promote()));
    isHurt = found.length > 0;
    return { title, ends: [endOf(ran)], violations: found, held: ran?.holds, ratio };
  };

  const troubled = async (troubles: readonly Trouble[]): Promise<Round> => {
    for (const trouble of troubles) trouble.prepare(place, random);
    const least = place.version();
    const ran = await steady.run(["sync"]);
    lift();
    const [only, other] = troubles;
    const passes = other === undefined && only?.passes === true;
    const violations = await judge([ran], least, passes);
    isHurt = ran?.status !== 0;
    const title = other === undefined ? (only?.title ?? "") : "two of these";
    return { title, ends: [endOf(ran)], violations, held: ran?.holds, ratio: undefined };
  };

  /** A process is killed at any moment of its sync; another one takes its place. */
  const killed = async (): Promise<Round> => {
    const one = await victim;
    const running = one.run(["sync"]);
    const timer = setTimeout(() => void one.kill(), usual * 1.2 * random.next());
    const ran = await running;
    clearTimeout(timer);
    const violations = await judge([ran], place.version(), false);
    await one.kill();
    victim = place.resident();
    isHurt = true;
    return { title: "a kill", ends: [endOf(ran)], violations, held: undefined, ratio: undefined };
  };

  /** Two at once: one goes on as if it were alone, the other one is told so or comes after it. */
  const rivals = async (): Promise<Round> => {
    const other = await victim;
    const rans = await Promise.all([steady.run(["sync"]), other.run(["sync"])]);
    const violations = await judge(rans, place.version(), false);
    if (!rans.some((ran) => ran?.status === 0)) violations.push("of two at once, none was done");
    for (const ran of rans)
      if (ran?.status === 1 && ran.code !== "ERR_SNAPSHOT_LOCKED")
        violations.push(`of two, one ended with ${ran.code}: ${ran.stderr}`);
    const ends = rans.map(endOf);
    return { title: "two at once", ends, violations, held: rans[0]?.holds, ratio: undefined };
  };

  const promote = async (): Promise<string[]> => {
    const ran = await steady.run(["snapshot", "promote", "demo"]);
    seen = await place.look();
    const found = [...seen.wrong];
    if (ran?.status !== 0) found.push(`promote: ${ran?.code}: ${ran?.stderr}`);
    if (seen.shown.current !== seen.shown.staging) found.push("promote: shows something else");
    return found;
  };

  /** What is wrong after syncs, and with how they ended. */
  async function judge(
    rans: readonly (Ran | undefined)[],
    least: number,
    mustPass: boolean,
  ): Promise<string[]> {
    const before = seen;
    seen = await place.look();
    const found = [...seen.wrong];
    for (const name of Object.keys(before.shown))
      if (!(name in seen.shown) && !name.startsWith("."))
        found.push(`${name}: the pointer is gone`);
    const [was = 0, is = 0] = [before.shown.latest, seen.shown.latest];
    if (is < was) found.push(`latest: shows ${is}, and had shown ${was}`);
    for (const ran of rans) {
      if (ran === undefined) continue;
      const { status, code = "", stderr, took } = ran;
      if (took > HANG) found.push(`hangs: took ${took} ms`);
      if (/^ +at /m.test(stderr) || (status !== 0 && !CODES.test(code)))
        found.push(`fails without a word of ours: status ${status}, ${code}: ${stderr}`);
      if (status === 0 && is < least)
        found.push(`done, but shows ${is}, and upstream had ${least}`);
      if (status !== 0 && mustPass) found.push(`${code}: ${stderr}`);
    }
    return found;
  }

  function lift(): void {
    place.server.clear();
    place.disk?.empty();
  }

  return {
    async round() {
      place.pass(STEP);
      // What is hurt is to heal, whether or not there is anything new.
      if (random.next() < 0.8) await place.release();
      if (isHurt) return await calm("nothing, after that");
      const drawn = random.next();
      if (drawn < 0.2) return await calm("nothing");
      if (drawn < 0.35) return await killed();
      if (drawn < 0.42) return await rivals();
      return await troubled(random.some(possible, drawn < 0.9 ? 1 : 2));
    },
  };
}

function endOf(ran: Ran | undefined): "done" | "refused" | "killed" {
  if (ran === undefined) return "killed";
  return ran.status === 0 ? "done" : "refused";
}
