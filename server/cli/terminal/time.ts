/** Times and durations as a person reads them at a glance. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is left of a wait: `14:05` of minutes and seconds, `7 h`, `30 d`. */
export function left(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} d`;
  if (seconds >= 2 * HOUR) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / MINUTE)}:${String(seconds % MINUTE).padStart(2, "0")}`;
}

/** A time where the person is, to the minute, as in `2026-12-24 18:00`. */
export function dateAndTime(at: number): string {
  return `${dateOf(at)} ${clockOf(at).slice(0, 5)}`;
}

/** When something happened: of today the time, as in `18:00:05`, of other days the date. */
export function when(at: number, now: number): string {
  return dateOf(at) === dateOf(now) ? clockOf(at) : dateOf(at);
}

/** As in `2026-12-24`, which is how dates are written in Sweden. */
function dateOf(at: number): string {
  return new Date(at).toLocaleDateString("sv-SE");
}

function clockOf(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}
