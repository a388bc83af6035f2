/** The hub's clock, a tick a second: all countdowns are on it. */
import { signal } from "@preact/signals";

let read = (): number => Date.now();

/** Milliseconds since the epoch. */
export const now = signal(Date.now());

/** Ticks by another clock from now on. */
export function setClock(clock: () => number): void {
  read = clock;
  now.value = read();
}

setInterval(() => {
  now.value = read();
}, 1000);
