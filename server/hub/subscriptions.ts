/** What a hub wants to hear from other hubs: a subscription takes its time, and what is told before is lost. */

/** The subscriptions of a hub that the store has not confirmed yet. */
export type Subscriptions = Set<Promise<unknown>>;

/** A line that does not answer is down: what is missed then is made up for by a sync, milliseconds. */
const LONGEST_WAIT_MS = 250;

/**
 * Waits until what was joined is heard from other hubs too. Whoever is told of a join before that could do
 * something of which the new member would not hear.
 */
export async function heardEverywhere(subscriptions: Subscriptions): Promise<void> {
  if (subscriptions.size === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS);
  });
  await Promise.race([late, Promise.all(subscriptions)]);
  clearTimeout(timer);
}
