/** How many messages a terminal may still send: a bucket of tokens that fills with time. */
export interface Allowance {
  tokens: number;
  /** When the bucket was last filled, milliseconds. */
  filledAt: number;
}

/** A full bucket: twice what may be sent in a second. */
export function fullAllowance(perSecond: number, now: number): Allowance {
  return { tokens: 2 * perSecond, filledAt: now };
}

/** Takes one token; otherwise says in how many milliseconds there is one again. */
export function spend(allowance: Allowance, perSecond: number, now: number): 0 | number {
  const earned = (Math.max(0, now - allowance.filledAt) * perSecond) / 1000;
  allowance.tokens = Math.min(2 * perSecond, allowance.tokens + earned);
  allowance.filledAt = now;
  if (allowance.tokens >= 1) {
    allowance.tokens -= 1;
    return 0;
  }
  return Math.ceil(((1 - allowance.tokens) * 1000) / perSecond);
}
