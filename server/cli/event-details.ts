import { formatAmount, type IssuanceEvent } from "@tallystick/protocol";
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

/** All that both sides may see of an account, as in `funds …2233`. */
export function glimpse(account: { kind: string; last4: string }): string {
  return `${account.kind} …${account.last4}`;
}

/** A text of the other side's, so marked; empty when there is none. */
export function quoted(text: string | undefined): string {
  return text === undefined ? "" : `“${plain(text)}”`;
}
