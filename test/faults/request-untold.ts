/**
 * A hub commits a request and is killed before it tells the payer of it. What such a hub leaves is made by the ledger
 * alone, since no signal comes surely between the two.
 */
import type { Choice, World } from "./fault.ts";
import type { Fleet } from "./fleet.ts";
import { isReady } from "./hub-process.ts";
import { WATCH_INTERVAL_MS } from "./pace.ts";
import { pause, type Random } from "./random.ts";
import { choosePlan } from "./scenarios.ts";

/** A watch's answer is on its way for some time, on a machine that has much to do, milliseconds. */
const ANSWERED_MS = 2500;
/** Terminals have noticed by then that their hub is gone, milliseconds. */
const NOTICED_MS = 100;
const MEASURE_EVERY_MS = 100;
/** How long a payer that was connected all the time may know nothing of an invitation, milliseconds. */
export const HEAR_WITHIN_MS = WATCH_INTERVAL_MS + ANSWERED_MS;

export function killedBeforeTelling(world: World, random: Random): Choice {
  const { fleet, store, history, actors } = world;
  const index = random.below(fleet.hubs.length);
  const { process } = fleet.hubs[index] as Fleet["hubs"][number];
  const { amount, review } = choosePlan(random);
  const commandId = `untold-${random.below(2 ** 31)}`;
  const own = random.fork(commandId);
  const terminals = actors.flatMap((actor) => (actor.isPayer ? actor.terminals : []));
  const gone = new Set<string>();
  const listening: (() => void)[] = [];
  let payer: string | undefined;
  let untold: { at: number; issuanceId: string } | undefined;
  let isOver = false;
  let slowestMs = 0;
  /** A machine that has much to do is slow to answer, which is no fault of the watch. */
  const measure = async () => {
    const others = fleet.hubs.filter((_, other) => other !== index);
    while (!isOver) {
      const asked = performance.now();
      await Promise.all(others.map((hub) => isReady(hub.process)));
      slowestMs = Math.max(slowestMs, performance.now() - asked);
      await pause(MEASURE_EVERY_MS);
    }
  };
  return {
    targets: [`hub ${index}`],
    isAlone: true,
    lastsMs: HEAR_WITHIN_MS,
    begin: async () => {
      for (const { name, terminal } of terminals) {
        if (!terminal.connected) gone.add(name);
        listening.push(terminal.on("disconnected", () => gone.add(name)));
      }
      // Its terminals hear of that, so that the payer is one with a terminal elsewhere: the hub tells nobody either way.
      await process.kill();
      await pause(NOTICED_MS);
      // Best one with no terminal on that hub: one that comes back is told at once, and may answer before the others hear.
      const cut = new Set(terminals.filter(({ name }) => gone.has(name)).map(({ party }) => party));
      const whole = terminals.filter(({ party }) => !cut.has(party));
      const connected = terminals.filter(({ name }) => !gone.has(name));
      const candidates = [whole, connected, terminals].find(({ length }) => length > 0) as typeof terminals;
      payer = own.pick(candidates).party;
      const { party: issuer } = own.pick(actors.filter(({ party }) => party !== payer));
      const at = performance.now();
      const intent = { party: issuer, command: "payer:request", commandId } as const;
      history.sent.push({ ...intent, at, message: `${commandId} to hub ${index}` });
      // Nobody goes on with it on the issuer's side, so the payer declines.
      const offer = { payer, amount, currency: "CNY", review, memo: "declined" };
      const made = await store.commitRequest(issuer, { ...offer, commandId });
      if (made) untold = { at, issuanceId: made };
      void measure();
    },
    heal: () => {
      isOver = true;
      process.start();
      for (const stop of listening) stop();
      const connected = terminals.filter(({ name, party }) => party === payer && !gone.has(name));
      // A run that ends meanwhile leaves no time to hear.
      const hasTime = untold !== undefined && performance.now() - untold.at >= HEAR_WITHIN_MS;
      if (untold && hasTime) {
        const names = connected.map(({ name }) => name);
        history.untold.push({ ...untold, connected: names, slowestMs });
      }
    },
  };
}
