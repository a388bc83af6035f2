/** The events of an issuance or a voucher as something to iterate over. */
import { abandonError, abortable } from "./abortable.ts";
import type { TallystickError } from "./errors.ts";
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
    if (next <= known) queue.unshift(...(await log.fetch(next - 1, { signal })));
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
