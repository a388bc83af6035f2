/** The hub's lists, asked for a page at a time. */
import type { WaitOptions } from "./abortable.ts";
import type { Outbox } from "./outbox.ts";
import type { OpenIssuance } from "./wire.ts";

/** Yields the lines of a list, newest first. */
export async function* pagesOf(
  outbox: Outbox,
  name: "issuance:list",
  options?: WaitOptions,
): AsyncGenerator<OpenIssuance, void, undefined> {
  let before: string | undefined;
  for (let more = true; more; ) {
    const { answer } = await outbox.ask(name, { before }, options);
    yield* answer.open;
    before = answer.open.at(-1)?.issuanceId;
    more = answer.more;
  }
}
