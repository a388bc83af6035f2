/** What has happened to an issuance as steps on its timeline: who, when, and on whose side of the tally it is cut. */
import type { AccountGlimpse, IssuanceEvent, Role, Snapshot } from "@tallystick/client";

/** What a step says; the words for it are in a language's file. */
export type What =
  | { says: "requested"; toSelf: boolean }
  | { says: "agreed" | "declined" | "opened" | "accepted" | "cancelled" }
  | { says: "changed" }
  | { says: "sent"; account: Partial<AccountGlimpse> & { last4: string } }
  | { says: "kept"; account: AccountGlimpse }
  | { says: "verified" | "stale" }
  | { says: "refused"; attemptsLeft: number }
  | { says: "consented"; changes: number };

/** How it ends: the halves become one, or both are cut off. */
export type End =
  | { how: "joined"; voucherId: string }
  | { how: "cut"; why: "declined" | "cancelled" | "expired" | "failed" };

export interface Step {
  key: string;
  version: number;
  at: number;
  by: Role | "hub";
  /** Whose column it stands in. The hub answers on the side of whoever asked. */
  side: Role;
  what?: What;
  end?: End;
  /** The other side's own words. */
  quote?: string | undefined;
}

/** The steps of all events, in order. One event is several where the hub answers in the same moment. */
export function stepsOf(
  events: readonly IssuanceEvent[],
  parties: Pick<Snapshot, "issuer" | "payer">,
): Step[] {
  return events.flatMap((event) => {
    const parts = partsOf(event, parties);
    return parts.map((part, index) => ({
      key: `${event.version}.${index}`,
      version: event.version,
      at: event.at,
      ...part,
    }));
  });
}

type Part = Omit<Step, "key" | "version" | "at">;

function partsOf(event: IssuanceEvent, { issuer, payer }: Pick<Snapshot, "issuer" | "payer">): Part[] {
  const { by } = event;
  const side: Role = by === "hub" ? "payer" : by;
  const step = (what: What, quote?: string): Part => ({ by: side, side, what, quote });
  const hub = (what: What): Part => ({ by: "hub", side, what });
  const cut = (why: Extract<End, { how: "cut" }>["why"], quote?: string): Part => ({
    by,
    side,
    end: { how: "cut", why },
    quote,
  });
  switch (event.type) {
    case "payer.requested":
      return [step({ says: "requested", toSelf: issuer === payer })];
    case "payer.agreed":
      return [step({ says: "agreed" })];
    case "payer.declined":
      return [step({ says: "declined" }, event.reason), cut("declined")];
    case "issuance.opened":
      return [step({ says: "opened" })];
    case "account.verified":
      return [step({ says: "sent", account: event.account }), hub({ says: "verified" })];
    case "account.refused":
      return [
        by === "issuer" ? step({ says: "accepted" }) : step({ says: "sent", account: event.account }),
        hub(by === "issuer" ? { says: "stale" } : { says: "refused", attemptsLeft: event.attemptsLeft }),
        ...(event.state === "failed" ? [cut("failed")] : []),
      ];
    case "account.change_agreed":
      return [step({ says: "changed" }, event.reason), hub({ says: "consented", changes: event.changes })];
    case "account.kept":
      return [step({ says: "kept", account: event.account })];
    case "voucher.issued":
      return [
        by === "issuer" ? step({ says: "accepted" }) : step({ says: "sent", account: event.account }),
        { by: "hub", side, end: { how: "joined", voucherId: event.voucher.voucherId } },
      ];
    case "issuance.cancelled":
      return [step({ says: "cancelled" }, event.reason), cut("cancelled")];
    case "issuance.expired":
      return [cut("expired")];
  }
}
