/** Where the page is, and which of its views is shown: the part of the address behind `#`. */
import { computed, effect, signal } from "@preact/signals";
import { addressOf, type Search, searchOf } from "./search.ts";

/** The hub, which may be behind a path; the page is in a folder of its own below it. */
export const hubUrl = new URL("../", location.href.replace(/[?#].*$/, ""));

const hash = signal(location.hash);
/** How far down each list was when it was left: it is there again when it is come back to. All else begins at its top. */
const leftAt = new Map<string, number>();
history.scrollRestoration = "manual";
addEventListener("hashchange", () => {
  if (lastList.value.to === (hash.value || toInbox)) leftAt.set(hash.value, scrollY);
  hash.value = location.hash;
  requestAnimationFrame(() => scrollTo(0, leftAt.get(hash.value) ?? 0));
});

export type View =
  | { view: "inbox" | "new" | "accounts" }
  | { view: "issuance" | "voucher" | "account"; id: string }
  | { view: "history"; search: Search };

/** The view that the address names. */
export const place = computed<View>(() => {
  const [path = "", query = ""] = hash.value.split("?");
  const [, kind = "", id = ""] = path.split("/");
  if (kind === "i" && id) return { view: "issuance", id };
  if (kind === "v" && id) return { view: "voucher", id };
  if (kind === "accounts") return id ? { view: "account", id } : { view: "accounts" };
  if (kind === "history") return { view: "history", search: searchOf(query) };
  return { view: kind === "new" ? "new" : "inbox" };
});

export const toInbox = "#/";
export const toNew = "#/new";
export const toAccounts = "#/accounts";
export const toIssuance = (id: string) => `#/i/${id}`;
export const toVoucher = (id: string) => `#/v/${id}`;
export const toStatement = (number: string) => `#/accounts/${number}`;
export const toHistory = (search: Partial<Search> = {}) => `#/history${addressOf(search)}`;

/** The list that was looked at last: what is opened from it leads back to it. */
export const lastList = signal<{ view: "inbox" | "history"; to: string }>({ view: "inbox", to: toInbox });
effect(() => {
  const { view } = place.value;
  if (view === "inbox" || view === "history") lastList.value = { view, to: hash.value || toInbox };
});

export function go(to: string): void {
  location.hash = to;
}

/** The same, in place of where the page is: a letter that is typed is no step to go back to. */
export function replace(to: string): void {
  history.replaceState(null, "", to);
  hash.value = to;
}
