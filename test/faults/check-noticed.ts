/** Whatever a terminal was told and the store has lost since is noticed by terminals that live on, not only by who asks at the end. */
import { ASKED_AT_THE_END } from "./claims.ts";
import { type Evidence, isKept, type Violation } from "./findings.ts";
import { type History, hasEndedIn, type Mark } from "./history.ts";

export function checkNoticed({ history, book }: Evidence): Violation[] {
  const known = noticedAlive(history);
  const missed = new Map<string, Violation>();
  for (const { mark, terminal } of remembered(history)) {
    const { issuanceId, version, digest, state } = mark;
    if (known.has(issuanceId) || missed.has(issuanceId) || isKept(book, mark)) continue;
    const problem = `${terminal} was told version ${version} ${state} (${digest}), which is lost, and nobody noticed`;
    missed.set(issuanceId, { rule: "noticed", subject: issuanceId, problem });
  }
  return [...missed.values()];
}

/** Issuances of which a terminal was told that they went back, or that an operator found in the list. */
export function noticedAlive({ notices, listed }: History): Set<string> {
  const told = notices.filter(({ terminal }) => !terminal.endsWith(ASKED_AT_THE_END));
  return new Set([...listed, ...told.map(({ issuanceId }) => issuanceId)]);
}

/** What a terminal keeps in mind: the newest of what it follows, and the ends that it was told of. */
export function* remembered({ views, told }: History): Generator<{
  mark: Pick<Mark, "issuanceId" | "version" | "digest" | "state">;
  terminal: string;
}> {
  for (const { issuanceId, from, events, terminal } of views)
    yield { mark: events.at(-1) ?? { issuanceId, ...from }, terminal };
  for (const { event, terminal } of told)
    if (hasEndedIn(event.issuanceId, event.state)) yield { mark: event, terminal };
}
