/** Where the page is, and which of its views is shown: the part of the address behind `#`. */
import { computed, signal } from "@preact/signals";

/** The hub, which may be behind a path; the page is in a folder of its own below it. */
export const hubUrl = new URL("../", location.href.replace(/[?#].*$/, ""));

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export type View = { view: "inbox" | "new" } | { view: "issuance" | "voucher"; id: string };

/** The view that the address names. */
export const place = computed<View>(() => {
  const [, kind = "", id = ""] = hash.value.split("/");
  if (kind === "i" && id) return { view: "issuance", id };
  if (kind === "v" && id) return { view: "voucher", id };
  return { view: kind === "new" ? "new" : "inbox" };
});

export const toInbox = "#/";
export const toNew = "#/new";
export const toIssuance = (id: string) => `#/i/${id}`;
export const toVoucher = (id: string) => `#/v/${id}`;

export function go(to: string): void {
  location.hash = to;
}
