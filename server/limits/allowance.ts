/** How much a terminal may still send: a bucket of units that fills with time. A message is one unit. */
export interface Allowance {
  /** Units that are left. */
  units: number;
  /** When the bucket was last filled, milliseconds. */
  filledAt: number;
  /** Units that were asked for in the second that began at `secondAt`, granted or not. */
  asked: number;
  secondAt: number;
}

/** Who asks for more than this many times the rate within a second is not held back but cut off. */
const FLOOD = 10;

/** A full bucket: twice what may be sent in a second. */
export function fullAllowance(perSecond: number, now: number): Allowance {
  return { units: 2 * perSecond, filledAt: now, asked: 0, secondAt: now };
}

/**
 * Takes units; otherwise takes none, and says in how many milliseconds to come again. Even where there are as many sooner
 * it is the time in which so many come: whoever has many messages to send again, one after the other and each so much
 * later than the one before, sends as many as are granted, and no flood.
 */
export function spend(allowance: Allowance, perSecond: number, now: number, units = 1): 0 | number {
  const elapsedMs = Math.max(0, now - allowance.filledAt);
  allowance.units = Math.min(2 * perSecond, allowance.units + (elapsedMs * perSecond) / 1000);
  allowance.filledAt = now;
  if (now - allowance.secondAt >= 1000 || now < allowance.secondAt) {
    allowance.asked = 0;
    allowance.secondAt = now;
  }
  allowance.asked += units;
  // A message that costs more than the bucket holds needs a full one.
  const needed = Math.min(units, 2 * perSecond);
  if (allowance.units >= needed) {
    allowance.units -= needed;
    return 0;
  }
  return Math.ceil(((needed - Math.min(0, allowance.units)) * 1000) / perSecond);
}

/** Takes units afterwards, for what turned out to cost more: the terminal waits until they have come back. */
export function owe(allowance: Allowance, units: number): void {
  allowance.units -= units;
}

/** True when so much was asked for in this second that it can be no mistake. */
export function isFlooding({ asked }: Allowance, perSecond: number): boolean {
  return asked > FLOOD * perSecond;
}

/** True when nothing is remembered of what was taken. */
export function isFull({ units, filledAt }: Allowance, perSecond: number, now: number): boolean {
  return units + (Math.max(0, now - filledAt) * perSecond) / 1000 >= 2 * perSecond;
}
