/** What the pages say of history, accounts and statements, in English. */
import type { StatementEntry, VoucherEvent } from "@tallystick/protocol";
import type { ComponentChildren } from "preact";
import type { Sentences } from "./refusals-en.tsx";

type Words = ComponentChildren;

export const historyEn = {
  nav: "History",
  title: "History",
  of: { vouchers: "Vouchers", issuances: "Negotiations" },
  ofLegend: "What to look for",
  find: "Words of the memo, or a party",
  more: "State, role, currency, days",
  state: "State",
  role: "Your role",
  currency: "Currency",
  any: "Any",
  from: "From",
  to: "To",
  columns: { at: "Date", with: "With", for: "For", amount: "Amount", state: "State" },
  /** The roles of the party whose page it is. */
  as: (roles: readonly string[]) => `you: ${roles.join(", ").toLowerCase()}`,
  showMore: "Show more",
  asking: "Looking …",
  isAll: (count: number) => (count === 1 ? "One, and no more." : `${count}, and no more.`),
  emptyTitle: "Nothing has happened yet",
  empty: "Whatever you negotiate, and each voucher that you have a part in, can be found here for good.",
  noneTitle: (text: string) => (text === "" ? "Nothing matches" : `Nothing matches “${text}”`),
  none: "Searched the memos and parties of all that has happened, up to a second ago.",
  clear: "Clear the search",
  openId: "Open what has this number",
  failed: [
    "History can’t be read now",
    "Untouched. Looking changes nothing.",
    "What is open and what lives is in the inbox. Try again in a moment; if it stays so, ask whoever runs this hub whether it keeps a history.",
  ] as Sentences,
  again: "Try again",
  blanked: "Blanked",
  blankedWhy:
    "Memo and reasons were blanked here, since a party was forgotten. Amounts, states and times are as they were.",
  happened: "What has happened to it",
  event: {
    "voucher.issued": () => "issued it",
    "voucher.accepted": () => "accepted it",
    "voucher.rejected": () => "rejected it",
    "voucher.withdrawn": () => "withdrew it",
    "drawing.presented": (sum) => <>drew {sum}</>,
    "drawing.honoured": (sum, by) => (
      <>
        {by === "beneficiary" ? "drew" : by === "hub" ? "heard no refusal of" : "approved"} {sum}, which left
        the payer’s account
      </>
    ),
    "drawing.refused": (sum) => <>refused the drawing of {sum}</>,
    "drawing.settled": (sum) => <>paid {sum} out</>,
    "drawing.settlement_failed": (sum) => <>could not pay {sum} out</>,
    "voucher.released": (sum) => <>gave {sum} up</>,
    "voucher.expiring": () => "says that it expires soon",
    "voucher.expired": (sum) => <>expired; {sum} was unfrozen</>,
    "voucher.voided": (sum) => <>voided it; {sum} was unfrozen</>,
  } as Record<VoucherEvent["type"], (sum: Words, by: VoucherEvent["by"]) => Words>,
  operator: "The operator",
};

export const accountsEn = {
  nav: "Accounts",
  title: "Your accounts",
  why: "What is frozen stands behind vouchers, and stays yours until they are drawn on.",
  none: "You have no account here",
  noneWhy:
    "Whoever runs this hub opens them. You can be issuer and beneficiary without one, but not be paid here.",
  columns: {
    account: "Account",
    total: "Balance or limit",
    used: "Used",
    frozen: "Frozen",
    available: "Available",
  },
  limit: "Limit",
  blocked: "Blocked",
  statement: "Statement",
  oldest: "The oldest first.",
  csv: "Save as CSV",
  csvWhy: "all of it; amounts in minor units",
  saving: "Reading all of it …",
  entry: {
    at: "When",
    what: "What",
    amount: "Amount",
    balance: "Balance",
    used: "Used",
    frozen: "Frozen",
    after: "Available",
  },
  type: {
    "account.put": "Set by the operator",
    "account.adjusted": "Adjusted by the operator",
    "account.repaid": "Paid back",
    "account.credited": "Paid in",
    "account.blocked": "Blocked by the operator",
    "account.unblocked": "Active again",
    "voucher.issued": "Frozen for a voucher",
    "voucher.rejected": "Unfrozen: rejected",
    "voucher.withdrawn": "Unfrozen: withdrawn",
    "voucher.released": "Unfrozen: given up",
    "voucher.expired": "Unfrozen: expired",
    "voucher.voided": "Unfrozen: voided",
    "drawing.honoured": "Paid out on a voucher",
    "drawing.refused": "Unfrozen: drawing refused",
  } as Readonly<Record<string, string>>,
  typeOf: (entry: StatementEntry): string => accountsEn.type[entry.type] ?? entry.type,
  noneOf: "No statement of this account is found",
  noneOfWhy: "It may have been opened within the last second, or it is not yours.",
  failed: [
    "Statements can’t be read now",
    "Untouched. Looking changes nothing.",
    "Try again in a moment; if it stays so, ask whoever runs this hub whether it keeps a history.",
  ] as Sentences,
  toAll: "All accounts",
};
