/** Does one or two faults at a time, at random intervals, and heals them after a while. */
import type { World } from "./fault.ts";
import { chooseFault, type Fault, type FaultKind } from "./faults.ts";
import { pause, type Random } from "./random.ts";

export interface Nemesis {
  /** How many of each kind were done. */
  readonly done: Map<FaultKind, number>;
  /** Resolves when the run is ending and everything is healed. */
  readonly ended: Promise<void>;
}

export interface NemesisOptions {
  world: World;
  random: Random;
  ending: AbortSignal;
  /** No other kinds than these, one after the other. */
  only?: readonly FaultKind[] | undefined;
  /** How often each of them is done, and then it is over; until `ending` when absent. */
  rounds?: number | undefined;
  /** How long it rests between two faults, at least and at the most, milliseconds. */
  restMs?: readonly [least: number, most: number] | undefined;
  /** Called with each fault and each healing. */
  onFault?: ((line: string) => void) | undefined;
}

const REST_MS = [500, 3000] as const;

export function startNemesis({
  world,
  random,
  ending,
  onFault,
  only,
  rounds = Number.POSITIVE_INFINITY,
  restMs = REST_MS,
}: NemesisOptions): Nemesis {
  const done = new Map<FaultKind, number>();
  const busy = new Map<string, Promise<void>>();

  const inject = async (fault: Fault) => {
    const where = `${fault.kind} at ${fault.targets.join(" and ")}`;
    if ((await fault.begin()) === false) return;
    done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
    onFault?.(fault.heal ? `${where} for ${fault.lastsMs} ms` : where);
    if (!fault.heal) return;
    await pause(fault.lastsMs, ending);
    await fault.heal();
    onFault?.(`${where} is healed`);
  };
  let chosen = 0;
  const injectFaults = async () => {
    while (!ending.aborted && chosen < rounds * (only?.length ?? 1)) {
      await pause(random.between(...restMs), ending);
      if (ending.aborted) break;
      for (let count = random.chance(0.3) ? 2 : 1; count > 0; count -= 1) {
        const fault = chooseFault(world, random, only && [only[chosen++ % only.length] as FaultKind]);
        if (fault.isAlone) {
          await Promise.all(busy.values());
          if (ending.aborted) break;
        }
        if (fault.targets.some((target) => busy.has(target))) continue;
        const lasting = inject(fault).finally(() => {
          for (const target of fault.targets) busy.delete(target);
        });
        for (const target of fault.targets) busy.set(target, lasting);
        if (fault.isAlone) await lasting;
      }
    }
    await Promise.all(busy.values());
  };
  return { done, ended: injectFaults() };
}
