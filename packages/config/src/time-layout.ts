const DAY = 24 * 3_600_000;
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July", "August", "September"],
  ...["October", "November", "December"],
];
const WEEKDAYS = [
  ...["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
];

// The first alternative that fits at a place wins there, as Go tries them; what none fits is
// literal. A name is no chunk where it begins a longer word, `_2` none where `_2006` stands, and
// digits of a fraction none where other digits follow.
const CHUNK = new RegExp(
  [
    ...["January", "Jan(?![a-z])", "Monday", "Mon(?![a-z])", "MST"],
    ...["0[1-6]", "002", "15", "1", "2006", "2", "_2(?!006)", "__2", "3", "4", "5", "PM", "pm"],
    "[-Z]07(?:0000|:00:00|00|:00)?",
    "[.,](?:0+|9+)(?![0-9])",
  ].join("|"),
  "g",
);

/**
 * A time in UTC by a layout of Go's `time.Format`: the layout shows how the reference time, Monday
 * 2 January 2006 15:04:05 MST, would be written, and what is no part of it stands for itself.
 *
 * @throws `TypeError` for a date that is none.
 *
 * @example
 * ```ts
 * formatGoTime("2006-01-02T15-04-05Z", new Date(0)); // "1970-01-01T00-00-00Z"
 * ```
 */
export function formatGoTime(layout: string, time: Date): string {
  if (Number.isNaN(time.getTime())) throw new TypeError("formatGoTime takes a valid date");
  return layout.replace(CHUNK, (chunk) => render(chunk, time));
}

function render(chunk: string, time: Date): string {
  const year = time.getUTCFullYear();
  const month = time.getUTCMonth();
  const day = time.getUTCDate();
  const hour = time.getUTCHours();
  switch (chunk) {
    case "2006":
      return (year < 0 ? "-" : "") + pad(Math.abs(year), 4);
    case "06":
      return pad(Math.abs(year) % 100, 2);
    case "January":
      return MONTHS[month] ?? "";
    case "Jan":
      return (MONTHS[month] ?? "").slice(0, 3);
    case "1":
      return String(month + 1);
    case "01":
      return pad(month + 1, 2);
    case "Monday":
      return WEEKDAYS[time.getUTCDay()] ?? "";
    case "Mon":
      return (WEEKDAYS[time.getUTCDay()] ?? "").slice(0, 3);
    case "2":
      return String(day);
    case "_2":
      return pad(day, 2, " ");
    case "02":
      return pad(day, 2);
    case "__2":
      return pad(dayOfYear(year, month, day), 3, " ");
    case "002":
      return pad(dayOfYear(year, month, day), 3);
    case "15":
      return pad(hour, 2);
    case "3":
      return String(hour % 12 || 12);
    case "03":
      return pad(hour % 12 || 12, 2);
    case "4":
      return String(time.getUTCMinutes());
    case "04":
      return pad(time.getUTCMinutes(), 2);
    case "5":
      return String(time.getUTCSeconds());
    case "05":
      return pad(time.getUTCSeconds(), 2);
    case "PM":
      return hour < 12 ? "AM" : "PM";
    case "pm":
      return hour < 12 ? "am" : "pm";
    case "MST":
      return "UTC";
    default:
      return /^[.,]/.test(chunk)
        ? fraction(chunk, time.getUTCMilliseconds())
        : chunk.startsWith("Z")
          ? "Z"
          : chunk.replace("-07", "+00");
  }
}

/** As many digits as the chunk has, nine at most; nines leave out what ends in zeros. */
function fraction(chunk: string, ms: number): string {
  const digits = pad(ms, 3)
    .padEnd(9, "0")
    .slice(0, chunk.length - 1);
  const shown = chunk[1] === "9" ? digits.replace(/0+$/, "") : digits;
  return shown === "" ? "" : chunk[0] + shown;
}

function dayOfYear(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  // Another year of the same length: `Date.UTC` takes 0 to 99 for 1900 to 1999.
  const alike = isLeap ? 2000 : 2001;
  return (Date.UTC(alike, month, day) - Date.UTC(alike, 0, 0)) / DAY;
}

function pad(value: number, width: number, filler = "0"): string {
  return String(value).padStart(width, filler);
}
