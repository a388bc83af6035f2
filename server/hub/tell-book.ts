/** What the log says when the store does not hold the hub's book, or only a part of it: what happened, and what to do. */
import type { BookState } from "../ledger/book-watch.ts";
import type { Logger } from "../log.ts";

/** How many partitions are named one by one. */
const MOST_NAMED = 10;

export function tellBook(log: Logger, state: BookState, id: string): void {
  switch (state.kind) {
    case "whole":
      log.info({ book: id }, "the store holds the whole book again: it is served");
      return;
    case "degraded":
      log.error(
        { book: id, partitions: state.missing.slice(0, MOST_NAMED), count: state.missing.length },
        `the store has lost ${state.missing.length} of the book's partitions, whose commands are refused: bring their data back, or accept the loss with: tallystick book begin`,
      );
      return;
    case "lost":
      log.error(
        { book: id },
        "the store has lost the book, so that nothing is served: bring its data back, or accept the loss with: tallystick book begin",
      );
      return;
    case "foreign":
      log.error(
        { book: id, reason: state.reason },
        "the store holds another book, so that nothing is served: bring this one back, or point REDIS_URL at it; to serve the other one, restart the hub",
      );
  }
}
