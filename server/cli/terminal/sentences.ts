/** What happened to an issuance, told to one of its parties. */
import { isTallystickError } from "@tallystick/client";
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { glimpse, money, quoted } from "../event-details.ts";

/** The parties, and which of them is told. */
export type Parties = Pick<Snapshot, "issuer" | "payer" | "amount" | "currency"> & { self: string };

/** An event as a sentence. */
export function sentence(event: IssuanceEvent, parties: Parties): string {
  const payer = called(parties.payer, parties);
  const actor = event.by === "hub" ? "the hub" : called(parties[event.by], parties);
  const verb = (mine: string, theirs: string) => `${actor} ${actor === "you" ? mine : theirs}`;
  switch (event.type) {
    case "payer.requested": {
      const whom = parties.issuer === parties.payer ? "yourself" : payer;
      const terms = [money(event.amount, event.currency), quoted(event.memo)].filter(Boolean).join(" ");
      return `${actor} asked ${whom} to be payer of ${terms}`;
    }
    case "payer.agreed":
      return `${actor} agreed to be payer`;
    case "payer.declined":
      return spaced(`${actor} declined`, quoted(event.reason));
    case "issuance.opened":
      return `${actor} opened the issuance; ${payer} ${payer === "you" ? "are" : "is"} to send an account`;
    case "account.verified":
      return `${actor} sent an account, ${glimpse(event.account)}: it is verified`;
    case "account.refused": {
      const subject = event.by === "payer" ? `${actor} sent an account, …` : "the verified account …";
      const left =
        event.attemptsLeft === 0 ? "no other may be sent" : `${event.attemptsLeft} more may be sent`;
      return `${subject}${event.account.last4}: it was refused, and ${left}`;
    }
    case "account.change_agreed":
      return spaced(`${actor} asked for another account, and the hub consents`, quoted(event.reason));
    case "account.kept":
      return `${verb("keep", "keeps")} the account ${glimpse(event.account)}`;
    case "voucher.issued": {
      const frozen = `${money(parties.amount, parties.currency)} frozen in ${glimpse(event.account)}`;
      return `voucher ${event.voucher.voucherId} is issued, with ${frozen}`;
    }
    case "issuance.cancelled":
      return spaced(`${actor} cancelled the issuance`, quoted(event.reason));
    case "issuance.expired":
      return "nobody answered in time: the issuance has expired";
  }
}

function called(party: string, { self }: Parties): string {
  return party === self ? "you" : party;
}

function spaced(...texts: string[]): string {
  return texts.filter(Boolean).join(" ");
}

const FATES = {
  untouched: "Nothing is frozen by it.",
  unknown: "Nobody knows whether it was done.",
  frozen: "The money is frozen.",
  clearing: "The money has left the payer's account, and waits to be paid out.",
};

/** Why a command failed, what became of the money, and what to do next; a line each. */
export function explain(error: unknown): string[] {
  if (!isTallystickError(error)) return [error instanceof Error ? error.message : String(error)];
  const fate = /nothing was frozen/i.test(error.message) ? [] : [FATES[error.money]];
  const advice = error.code === "conflict" ? ["It has moved on: look, and decide again."] : [];
  const again = error.retryable ? ["Press t to send the very same again; it can't happen twice."] : [];
  return [`${error.code}: ${error.message}`, ...fate, ...advice, ...again];
}
