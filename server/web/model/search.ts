/** What of the history is looked for, as the address has it and as the hub is asked. */
import type { IssuanceSearch, VoucherSearch } from "@tallystick/client";
import { STATES } from "@tallystick/protocol/lifecycle";
import { EXPONENTS } from "@tallystick/protocol/money";
import { VOUCHER_ROLES, VOUCHER_STATES } from "@tallystick/protocol/voucher-lifecycle";

export interface Search {
  of: "issuances" | "vouchers";
  q: string;
  state: string;
  role: string;
  currency: string;
  /** Days, as `2026-11-26`: those on which it began, both of them included. */
  from: string;
  to: string;
}

export const ALL: Search = { of: "vouchers", q: "", state: "", role: "", currency: "", from: "", to: "" };

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
/** The longest that the hub takes. */
export const LONGEST_Q = 140;

/** What can be chosen, of issuances and of vouchers. A beneficiary sees nothing of the negotiation. */
export const CHOICES = {
  issuances: { state: STATES, role: ["issuer", "payer"] },
  vouchers: { state: VOUCHER_STATES, role: VOUCHER_ROLES },
} as const;

/** What an address asks for. Whatever it does not say, or what there is not, is all. */
export function searchOf(query: string): Search {
  const given = new URLSearchParams(query);
  const of = given.get("of") === "issuances" ? "issuances" : "vouchers";
  const among = (all: readonly string[]) => (value: string) => all.includes(value);
  const isDay = (value: string) => DAY.test(value);
  const { state, role } = CHOICES[of];
  const known = {
    state: among(state),
    role: among(role),
    currency: (code: string) => EXPONENTS.has(code),
    from: isDay,
    to: isDay,
  };
  const search: Search = { ...ALL, of, q: (given.get("q") ?? "").slice(0, LONGEST_Q) };
  for (const [name, isKnown] of Object.entries(known)) {
    const value = given.get(name) ?? "";
    if (isKnown(value)) search[name as keyof typeof known] = value;
  }
  return search;
}

/** The other way round, with what is asked for alone. */
export function addressOf(search: Partial<Search>): string {
  const given = Object.entries(search).filter(([name, value]) => value !== ALL[name as keyof Search]);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** True when it is narrowed down, so that it may have left something out. */
export function isNarrow(search: Search): boolean {
  return addressOf({ ...search, of: "vouchers" }) !== "";
}

/** The same as the hub is asked. A day begins where the person is. */
export function questionOf(search: Search): IssuanceSearch & VoucherSearch {
  const { q, state, role, currency, from, to } = search;
  const given = { q: q.trim(), state, role, currency, from: startOf(from), to: startOf(to, 1) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as never;
}

function startOf(day: string, later = 0): number | undefined {
  const [, year, month, date] = DAY.exec(day) ?? [];
  return year === undefined
    ? undefined
    : new Date(Number(year), Number(month) - 1, Number(date) + later).getTime();
}
