/** The events of an issuance as something to iterate over. */
import { hasEnded } from "@tallystick/protocol/lifecycle";
import { abandonError, abortable } from "./abortable.ts";
import type { TallystickError } from "./errors.ts";
import type { IssuanceLog } from "./issuance-log.ts";
import type { IssuanceEvent } from "./wire.ts";

/** Yields each event from version `next` on, until the one that ends the issuance; see `Issuance.events`. */
export async function* eventsOf(
  log: IssuanceLog,
  next: number,
  signal?: AbortSignal,
): AsyncGenerator<IssuanceEvent, void, undefined> {
  const queue: IssuanceEvent[] = [];
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
    if (next > log.version && log.ended) return;
    for (;;) {
      const event = queue.shift();
      if (event && event.version >= next) {
        next = event.version + 1;
        yield event;
        if (hasEnded(event.state)) return;
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
