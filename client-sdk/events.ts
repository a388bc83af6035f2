/** The events of an issuance or a voucher as something to iterate over. */
import { abandonError, abortable } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import type { EventOn, Noun } from "./kind.ts";

/** Yields each event from version `next` on, until the last that there can be; see `LiveObject.events`. */
export async function* eventsOf<N extends Noun>(
  log: EventLog<N>,
  next: number,
  signal?: AbortSignal,
): AsyncGenerator<EventOn<N>, void, undefined> {
  const queue: EventOn<N>[] = [];
  let failure: TallystickError | undefined;
  let wake: (() => void) | undefined;
  let reject: ((error: TallystickError) => void) | undefined;
  const known = log.version;
  const stop = log.watch({
    event: (event) => {
      queue.push(event);
      wake?.();
    },
    failed: (error) => {
      failure = error;
      reject?.(error);
    },
  });
  try {
    // What was known before this watcher came is the hub's to tell; it may tell what is new as well.
    if (next <= known) queue.unshift(...(await fetchKnown(log, next, signal)));
    while (next <= log.version || !log.over) {
      const event = queue.shift();
      if (event && event.version >= next) {
        next = event.version + 1;
        yield event;
      } else if (!event) {
        if (failure) throw failure;
        await abortable<void>(
          { signal },
          abandonError(`Waiting for an event of ${log.id}`),
          (resolve, fail) => {
            [wake, reject] = [resolve, fail];
          },
        );
      }
    }
  } finally {
    stop();
  }
}

/** What a log has had already, from a version on. A store that went back in time tells less, or something else. */
async function fetchKnown<N extends Noun>(
  log: EventLog<N>,
  next: number,
  signal: AbortSignal | undefined,
): Promise<EventOn<N>[]> {
  const { version, digest } = log.snapshot;
  const events = await log.fetch(next - 1, { signal });
  if (events.some((event) => event.version === version && event.digest === digest)) return events;
  // The hub is shown what it has lost, and says so.
  await log.sync({ signal });
  throw new TallystickError("rolled_back", `The hub's store has lost what it told of ${log.id}.`);
}
