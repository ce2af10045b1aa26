/** A duration in ms for people: `0.4s`, `12s`, `3m 5s`, `2h 4m 0s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const parts = [`${whole % 60}s`];
  if (whole >= 60) parts.unshift(`${Math.floor(whole / 60) % 60}m`);
  if (whole >= 3600) parts.unshift(`${Math.floor(whole / 3600)}h`);
  return parts.join(" ");
}

/** A time as ISO 8601 UTC without fractions: `2026-11-21T03:00:00Z`. */
export function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
