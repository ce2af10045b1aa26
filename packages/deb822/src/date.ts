import P from "parsimmon";
import { run } from "./grammar.js";

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const token = (pattern: RegExp) => P.regexp(pattern);
const blanks = token(/[ \t]+/);
const number = (pattern: RegExp) => token(pattern).map(Number);

const weekday = token(
  /mon(day)?|tue(s(day)?)?|wed(nesday)?|thu(r?s?(day)?)?|fri(day)?|sat(urday)?|sun(day)?/i,
);
const month = token(/[A-Za-z]{3}/).chain((name) => {
  const index = months.findIndex((known) => known.toLowerCase() === name.toLowerCase());
  return index < 0 ? P.fail("month") : P.succeed(index);
});
const day = number(/[0-3]?[0-9]/);
const year = number(/[0-9]{4}/);
const shortYear = number(/[0-9]{2}/).map((value) => value + (value < 70 ? 2000 : 1900));
const clock = P.seqMap(
  number(/[0-2]?[0-9]/).skip(P.string(":")),
  number(/[0-5][0-9]/),
  P.string(":")
    .then(number(/[0-6][0-9]/))
    .fallback(0),
  (hours, minutes, seconds) => ({ hours, minutes, seconds }),
);
const utc = token(/UTC|GMT|UT|Z/i).result(0);
const numericZone = P.seqMap(
  token(/[+-]/),
  number(/[0-2][0-9]/),
  token(/:?/),
  number(/[0-5][0-9]/),
  (sign, hours, _colon, minutes) => (sign === "-" ? -1 : 1) * (hours * 60 + minutes),
);
/** Minutes east of UTC. */
const zone = P.alt(utc, numericZone);

interface Moment {
  readonly date: readonly [year: number, month: number, day: number];
  readonly clock: { hours: number; minutes: number; seconds: number };
  readonly zone: number;
}

/** RFC 5322: `Sat, 11 Jul 2026 10:16:37 UTC`; the weekday may be missing. */
const mail: P.Parser<Moment> = P.seqMap(
  weekday.skip(token(/,?[ \t]*/)).fallback(""),
  day.skip(blanks),
  month.skip(blanks),
  year.skip(blanks),
  clock.skip(token(/[ \t]*/)),
  zone.skip(token(/[ \t]*(\([A-Za-z]+\))?/)),
  (_weekday, d, m, y, time, offset) => ({ date: [y, m, d], clock: time, zone: offset }),
);

/** RFC 850: `Saturday, 11-Jul-26 10:16:37 GMT`. */
const usenet: P.Parser<Moment> = P.seqMap(
  weekday.skip(token(/,[ \t]*/)),
  day.skip(P.string("-")),
  month.skip(P.string("-")),
  P.alt(year, shortYear).skip(blanks),
  clock.skip(blanks),
  zone,
  (_weekday, d, m, y, time, offset) => ({ date: [y, m, d], clock: time, zone: offset }),
);

/** What C's asctime and `date` print: `Sat Jul 11 10:16:37 2026`, with a zone before the year. */
const asctime: P.Parser<Moment> = P.seqMap(
  weekday.skip(blanks),
  month.skip(blanks),
  day.skip(blanks),
  clock.skip(blanks),
  zone.skip(blanks).fallback(0),
  year,
  (_weekday, m, d, time, offset, y) => ({ date: [y, m, d], clock: time, zone: offset }),
);

/** ISO 8601: `2026-07-11T10:16:37Z`, `2026-07-11 10:16:37 UTC`. */
const iso: P.Parser<Moment> = P.seqMap(
  year.skip(P.string("-")),
  number(/[0-9]{2}/).skip(P.string("-")),
  number(/[0-9]{2}/).skip(token(/T|[ \t]+/i)),
  clock.skip(token(/(\.[0-9]+)?[ \t]*/)),
  zone,
  (y, m, d, time, offset) => ({ date: [y, m - 1, d], clock: time, zone: offset }),
);

const moment = P.alt(mail.skip(P.eof), usenet.skip(P.eof), asctime.skip(P.eof), iso.skip(P.eof));

/**
 * The date of a Release file: RFC 5322 as Debian's archives write it (`Sat, 11 Jul 2026 10:16:37
 * UTC`), and what other archive software has written: a day of one digit, a numeric offset, RFC
 * 850, asctime, ISO 8601.
 *
 * @returns `undefined` when the text is none of these, names no day of the calendar or a zone other
 *   than UTC by letters
 */
export function parseDate(text: string): Date | undefined {
  if (text.length > 64) return undefined;
  const reply = run(moment, text.trim());
  if (!reply.status) return undefined;
  const { date, clock: time, zone: offset } = reply.value;
  const [y, m, d] = date;
  if (time.hours > 23 || time.seconds > 60) return undefined;
  const midnight = new Date(0);
  midnight.setUTCFullYear(y, m, d);
  // the 31st of February would have become a day of March
  if (midnight.getUTCMonth() !== m || midnight.getUTCDate() !== d) return undefined;
  const seconds = time.hours * 3600 + (time.minutes - offset) * 60 + time.seconds;
  return new Date(midnight.getTime() + seconds * 1000);
}
