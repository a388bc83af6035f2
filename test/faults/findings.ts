/** What the checker can find, and what all of its parts share. */
import type { Actor, VoucherActor } from "@tallystick/protocol";
import type { Book } from "./book.ts";
import type { AnyEventType, AnyState, History, Mark } from "./history.ts";
import { type Records, recordIn, recordsIn } from "./records.ts";

/** A guarantee, one each (design, section 5). */
export const RULES_CHECKED = {
  acknowledged_kept: "every acknowledged command is in the store",
  voucher_kept: "no voucher that anybody was told of, and nothing that was told of one, is ever lost",
  one_effect: "no command has two effects, and no event is without its command",
  same_answer: "every answer to one command is the same",
  refused_no_effect: "a command that was refused each time has no effect",
  in_order: "a terminal sees each event once, in order, and the last one",
  one_end: "an issuance has one end, which is its last event",
  legal: "every step is one that the lifecycle allows",
  audited: "the audit holds on the whole book",
  journal: "journal and issuances tell the same",
  archived:
    "the archive has all that the store has and that anybody was told of, once, and nothing that both deny",
  noticed: "whatever a terminal was told and the store has lost is noticed by terminals that live on",
  own_past: "no command is carried out on another past than its author knew",
  not_served: "a store without the book is not served, and nothing begins in it",
  followed: "hubs follow an address that moves to a promoted replica",
  invited: "a payer that is connected hears of each invitation within one watch interval",
  written_once: "an account holds what was written once, however often it was sent",
  unexpected: "nothing ends by itself, and nothing throws what it should not",
} as const;
export type RuleName = keyof typeof RULES_CHECKED;

export interface Violation {
  rule: RuleName;
  /** An issuance, an intent, an account or a terminal. */
  subject: string;
  problem: string;
}

/** What there is to check. */
export interface Evidence {
  history: History;
  book: Book;
  /** The store may lose what freezes no money, as in a failover, if it is noticed. */
  mayRollBack: boolean;
}

/** A line of a log, as far as the checker reads it. */
export interface LoggedEvent {
  digest: string;
  type: AnyEventType;
  by: Actor | VoucherActor;
  state: AnyState;
  /** On the store's clock, milliseconds. */
  at: number;
  /** When the wait that it began ends; absent when it began none. */
  deadline?: number;
}

const ACTORS: Record<string, LoggedEvent["by"]> = {
  i: "issuer",
  p: "payer",
  b: "beneficiary",
  o: "operator",
  h: "hub",
};

export function readLine(line: string): LoggedEvent {
  const [digest = "", type, by = "", state, time = "", wait = ""] = line.split("|");
  const at = Number(time);
  const event = {
    digest,
    type: type as AnyEventType,
    by: ACTORS[by] as LoggedEvent["by"],
    state: state as AnyState,
    at,
  };
  return wait === "" ? event : { ...event, deadline: at + Number(wait) };
}

/** True when the store has the event under its version. */
export function isKept(book: Records, mark: Pick<Mark, "issuanceId" | "version" | "digest">): boolean {
  const line = recordIn(book, mark.issuanceId)?.log[mark.version - 1];
  return line !== undefined && readLine(line).digest === mark.digest;
}

/** Issuances and vouchers of which a terminal was told, or has told, that the store went back in time. */
export function noticed({ history, book }: Pick<Evidence, "history" | "book">): Set<string> {
  const fenced = recordsIn(book).filter(({ fence }) => fence !== "");
  return new Set([...history.listed, ...[...history.notices, ...fenced].map(({ issuanceId }) => issuanceId)]);
}

/** Issuances and vouchers that lost an event when the store was put back. */
export function rewound({ rewinds }: History): Set<string> {
  return new Set(rewinds.flatMap(({ lost }) => lost.map(({ issuanceId }) => issuanceId)));
}

/** Issuances and vouchers of which the store may lack events, since it went back and that was noticed. */
export function excused(evidence: Evidence): Set<string> {
  const known = noticed(evidence);
  if (evidence.mayRollBack) return known;
  return new Set([...rewound(evidence.history)].filter((issuanceId) => known.has(issuanceId)));
}

/** Every event that any terminal was told in whatever way, each once for each way. */
export function marksOf(history: History): { mark: Mark; how: string }[] {
  return [
    ...history.acknowledged.flatMap(({ event, command, commandId, message }) =>
      event ? [{ mark: event, how: `acknowledged to ${command} ${commandId} (${message})` }] : [],
    ),
    ...history.views.flatMap(({ events, terminal }) =>
      events.map((mark) => ({ mark, how: `seen by ${terminal}` })),
    ),
    ...history.told.map(({ event, terminal }) => ({ mark: event, how: `told to ${terminal}` })),
  ];
}

export function groupBy<T>(list: readonly T[], nameOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const group = groups.get(nameOf(one));
    if (group) group.push(one);
    else groups.set(nameOf(one), [one]);
  }
  return groups;
}
