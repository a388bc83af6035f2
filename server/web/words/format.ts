/** Times and lengths as people read them. */

const pad = (number: number) => String(number).padStart(2, "0");

/** @example clock(Date.now()) // "09:41:07" */
export function clock(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(":");
}

/** A day as documents have it. */
export function day(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
}

/** @example dayAndTime(Date.now()) // "2026-11-26 09:41" */
export function dayAndTime(at: number): string {
  return `${day(at)} ${clock(at).slice(0, 5)}`;
}

/** @example zone(Date.now()) // "UTC+8" */
export function zone(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const sign = minutes < 0 ? "-" : "+";
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return minutes === 0 ? "UTC" : `UTC${sign}${hours}${rest > 0 ? `:${pad(rest)}` : ""}`;
}

export interface Left {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

/** What is left of a time, never less than nothing. */
export function partsOfLeft(ms: number): Left {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return {
    days: Math.floor(seconds / 86_400),
    hours: Math.floor((seconds % 86_400) / 3600),
    minutes: Math.floor((seconds % 3600) / 60),
    seconds: seconds % 60,
  };
}

/** Below a day, as on a clock: `11:42`, `3:05:00`. */
export function countdown({ hours, minutes, seconds }: Left): string {
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** Whether money came or went, as a statement says it. What is frozen or unfrozen stays where it is. */
export function signOf({ type, amount }: { type: string; amount: number }): string {
  if (type === "drawing.honoured" || amount < 0) return "−";
  return type.startsWith("account.") ? "+" : "";
}
