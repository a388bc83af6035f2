import { formatAmount, type IssuanceEvent, type VoucherEvent } from "@tallystick/protocol";
import { plain } from "./plain.ts";

/** An amount with its currency, as in `CNY 125,000.00`. */
export function money(amount: number, currency: string): string {
  return `${currency} ${formatAmount(amount, currency)}`;
}

/** What an event tells besides its type, in a few words; empty when that is all. */
export function eventDetails(event: IssuanceEvent): string {
  switch (event.type) {
    case "payer.requested":
      return [money(event.amount, event.currency), quoted(event.memo)].filter(Boolean).join(" ");
    case "payer.declined":
    case "issuance.cancelled":
    case "account.change_agreed":
      return quoted(event.reason);
    case "account.verified":
    case "account.kept":
      return glimpse(event.account);
    case "account.refused":
      return `…${event.account.last4}, ${event.attemptsLeft} more may be sent`;
    case "voucher.issued":
      return `${event.voucher.voucherId} on ${glimpse(event.account)}`;
    default:
      return "";
  }
}

/** The same of a voucher's event; its amounts are in the voucher's currency. */
export function voucherEventDetails(event: VoucherEvent, currency: string): string {
  const sum = (amount: number) => money(amount, currency);
  switch (event.type) {
    case "voucher.issued": {
      const account = event.account && `on ${glimpse(event.account)}`;
      const rest = [
        account,
        `for ${event.beneficiary}`,
        `until ${time(event.expiresAt)}`,
        quoted(event.memo),
      ];
      return [sum(event.amount), ...rest].filter(Boolean).join(" ");
    }
    case "drawing.presented":
    case "drawing.honoured": {
      const to = event.to && ` to …${event.to.last4}`;
      const final = event.final && ", final";
      const until = event.type === "drawing.presented" && `, to be answered until ${time(event.deadline)}`;
      const released = event.type === "drawing.honoured" && unfrozen(event.released, sum);
      return [`drawing ${event.drawingId}, ${sum(event.amount)}`, to, final, until, released]
        .filter(Boolean)
        .join("");
    }
    case "drawing.refused":
      return `drawing ${event.drawingId}, ${sum(event.amount)} ${quoted(event.reason)}${unfrozen(event.released, sum)}`;
    case "drawing.settled":
    case "drawing.settlement_failed":
      return `drawing ${event.drawingId}, ${sum(event.amount)}`;
    case "voucher.released":
      return sum(event.amount);
    case "voucher.expiring":
      return `${sum(event.remaining)} remain until ${time(event.expiresAt)}`;
    case "voucher.expired":
      return `${sum(event.released)} unfrozen`;
    case "voucher.voided":
      return `${sum(event.released)} unfrozen ${quoted(event.reason)}`;
    case "voucher.rejected":
    case "voucher.withdrawn":
      return quoted(event.reason);
    default:
      return "";
  }
}

function unfrozen(amount: number | undefined, sum: (amount: number) => string): string {
  return amount === undefined ? "" : `, ${sum(amount)} unfrozen`;
}

/** A time of the store's, as operators compare it with other logs. */
export function time(at: number): string {
  return new Date(at).toISOString();
}

/** All that both sides may see of an account, as in `funds …2233`. */
export function glimpse(account: { kind: string; last4: string }): string {
  return `${account.kind} …${account.last4}`;
}

/** A text of the other side's, so marked; empty when there is none. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "" : `“${plain(text)}”`;
}
