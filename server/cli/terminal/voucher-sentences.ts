/** What happened to a voucher, told to one of its parties. */
import type { VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { glimpse, money, quoted } from "../event-details.ts";
import { dateAndTime } from "./time.ts";

/** An event as a sentence. */
export function voucherSentence(event: VoucherEvent, voucher: VoucherSnapshot, self: string): string {
  const { beneficiary, currency, approval } = voucher;
  const called = (party: string) => (party === self ? "you" : party);
  const actor = actorOf(event, voucher, called);
  const sum = (amount: number) => money(amount, currency);
  switch (event.type) {
    case "voucher.issued": {
      const frozen = event.account ? ` with the money frozen in ${glimpse(event.account)}` : "";
      const word = approval ? `, and its drawings wait for ${called(voucher[approval.by])}` : "";
      const until = `until ${dateAndTime(event.expiresAt)}`;
      return `a voucher of ${sum(event.amount)} is issued to ${called(beneficiary)} ${until}${frozen}${word}`;
    }
    case "voucher.accepted":
      return `${actor} accepted the voucher`;
    case "voucher.rejected":
      return spaced(`${actor} rejected the voucher: the money is unfrozen`, quoted(event.reason));
    case "voucher.withdrawn":
      return spaced(`${actor} withdrew the voucher: the money is unfrozen`, quoted(event.reason));
    case "drawing.presented": {
      const approver = approval ? called(voucher[approval.by]) : "the approver";
      const may = `${approver} may refuse it until ${dateAndTime(event.deadline)}`;
      return `${actor} drew ${sum(event.amount)}${to(event)} as drawing ${event.drawingId}; ${may}`;
    }
    case "drawing.honoured": {
      const why = event.by === "hub" ? ", since nobody refused it in time" : "";
      const how = event.by === "beneficiary" ? `${actor} drew` : `${actor} honoured`;
      const what = `${how} ${sum(event.amount)}${to(event)}, drawing ${event.drawingId}${why}`;
      return `${what}: it is being paid${unfrozen(event.released, sum)}`;
    }
    case "drawing.refused": {
      const what = `${actor} refused drawing ${event.drawingId} of ${sum(event.amount)}`;
      return `${what} ${quoted(event.reason)}${unfrozen(event.released, sum)}`;
    }
    case "drawing.settled":
      return `drawing ${event.drawingId} of ${sum(event.amount)} is paid`;
    case "drawing.settlement_failed":
      return `drawing ${event.drawingId} of ${sum(event.amount)} could not be paid: the hub's operator decides where it goes`;
    case "voucher.released":
      return `${actor} gave up ${sum(event.amount)}: it is unfrozen`;
    case "voucher.expiring":
      return `the voucher expires at ${dateAndTime(event.expiresAt)}, and ${sum(event.remaining)} remain`;
    case "voucher.expired":
      return `the voucher has expired${unfrozen(event.released, sum)}`;
    case "voucher.voided":
      return `the hub's operator ended the voucher ${quoted(event.reason)}${unfrozen(event.released, sum)}`;
  }
}

function actorOf({ by }: VoucherEvent, voucher: VoucherSnapshot, called: (party: string) => string): string {
  if (by === "hub") return "the hub";
  return by === "operator" ? "the operator" : called(voucher[by]);
}

function to(event: { to?: { last4: string } | undefined; final?: true | undefined }): string {
  return `${event.final ? " as the last" : ""}${event.to ? ` to …${event.to.last4}` : ""}`;
}

function unfrozen(amount: number | undefined, sum: (amount: number) => string): string {
  return amount === undefined || amount === 0 ? "" : `; ${sum(amount)} are unfrozen`;
}

function spaced(...texts: string[]): string {
  return texts.filter(Boolean).join(" ");
}
