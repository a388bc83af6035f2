/** Which of the console's views is shown, and what it looks for: the part of the address behind `#`. */
import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** Those that the head of the page leads to. */
export const VIEWS = [
  "overview",
  "issuances",
  "vouchers",
  "accounts",
  "decisions",
  "webhooks",
  "audit",
] as const;
export type View = (typeof VIEWS)[number] | "parties";
const ALL: readonly View[] = [...VIEWS, "parties"];

export interface Place {
  view: View;
  /** What comes after it in the path: an id, or a party and a number, or what is to be done. */
  rest: readonly string[];
  query: URLSearchParams;
}

export const place = computed<Place>(() => {
  const [path = "", query = ""] = hash.value.slice(1).split("?");
  const [, name = "", ...rest] = path.split("/").map(decodeURIComponent);
  const view = ALL.find((one) => one === name) ?? "overview";
  return { view, rest, query: new URLSearchParams(query) };
});

export function to(view: View, ...rest: readonly string[]): string {
  return `#/${[view === "overview" ? "" : view, ...rest.map(encodeURIComponent)].join("/")}`;
}

/** To an issuance or a voucher. */
export const toSubject = (id: string) => to(id.startsWith("v") ? "vouchers" : "issuances", id);
export const toParty = (party: string) => to("parties", party);
/** @param number its handle, so that the number is not to be read in the address either. */
export const toAccount = (party: string, number: string) => to("accounts", party, number);

export function look(view: View, wanted: Record<string, string>): void {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ""));
  location.hash = query.size === 0 ? to(view) : `${to(view)}?${query}`;
}
