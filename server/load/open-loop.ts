/** An open loop: negotiations begin when they are due, whether or not those before them have ended. */
import { now, waitUntil } from "./clock.ts";

export interface OpenLoop<Player> {
  /** When each negotiation is due, in order, on the clock of `now`. */
  dueTimes: Iterable<number>;
  /** Who can play; each plays one negotiation at a time. */
  players: readonly Player[];
  /** What has waited longer than this for a player is given up, so that an overload comes to an end, milliseconds. */
  patienceMs: number;
  /** Plays one negotiation, whose time counts from `dueAt`; never rejects. */
  play(player: Player, dueAt: number): Promise<void>;
  abandoned(dueAt: number): void;
  /** Is told how many are due and wait for a player. */
  waiting?(count: number): void;
  /** Nothing new begins. */
  signal: AbortSignal;
}

/** Resolves when all that began has ended. */
export async function runOpenLoop<Player>(loop: OpenLoop<Player>): Promise<void> {
  const { players, patienceMs, signal } = loop;
  const free = [...players];
  const due: number[] = [];
  const playing = new Set<Promise<void>>();
  const begin = () => {
    while (due.length > 0 && free.length > 0 && !signal.aborted) {
      const dueAt = due.shift() as number;
      if (now() - dueAt > patienceMs) {
        loop.abandoned(dueAt);
        continue;
      }
      const player = free.pop() as Player;
      const played = loop.play(player, dueAt).then(() => {
        playing.delete(played);
        free.push(player);
        begin();
      });
      playing.add(played);
    }
    loop.waiting?.(due.length);
  };
  for (const dueAt of loop.dueTimes) {
    await waitUntil(dueAt, signal);
    if (signal.aborted) break;
    due.push(dueAt);
    begin();
  }
  while (playing.size > 0) await Promise.race(playing);
}
