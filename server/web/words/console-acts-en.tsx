/** What the console says of what an operator does, and of what was refused, in English. */
import type { TallystickErrorCode } from "@tallystick/client";

type Whats = { readonly [C in TallystickErrorCode]?: string };

export const actsEn = {
  yes: "Do it",
  no: "Not now",
  done: "Done.",
};

export const voidEn = {
  title: "End this voucher",
  void: "Void it",
  voidThen:
    "What remains and what waits is unfrozen, and no drawing is taken any more. What was honoured is still paid out. This can’t be undone.",
  reason: "Reason, which all parties read",
  reference: "Reference",
  referenceWhy: "Of the order or the case. The voucher is voided once under it.",
};

export const partyEn = {
  title: "Party",
  accounts: "Accounts",
  noAccounts: "It has no account in this book.",
  vouchers: "Its vouchers",
  issuances: "Its issuances",
  open: (party: string) => `Go to the party ${party}`,
  tokens: "Tokens",
  tokensWhat: "Where a token was lost or stolen, or who had it has left.",
  revoke: "Revoke its tokens",
  revokeThen:
    "All its sessions end at once, at every hub, and tokens made until now are refused. Its vouchers and its money stay as they are; new tokens are good.",
  revoked: (time: string) => `Tokens made until ${time} are refused.`,
};

export const webhooksEn = {
  none: "No endpoint gets events.",
  add: "New endpoint",
  good: "Takes what it gets",
  fails: (time: string) => `Fails since ${time}`,
  ended: (time: string) => `Ended at ${time}`,
  deliveries: "Deliveries",
  noDeliveries: "Nothing was sent yet.",
  attempts: "Attempts",
  again: "Send again",
  next: (time: string) => `next try ${time}`,
  states: {
    pending: "On its way",
    delivered: "Delivered",
    failed: "Given up",
    dropped: "Not sent",
  } as Record<string, string>,
  all: "All events",
  some: (count: number) => `${count} ${count === 1 ? "kind" : "kinds"} of event`,
  of: (party: string) => `only of ${party}, as it sees them`,
  both: (time: string) => `The secret before signs as well until ${time}.`,
  create: "Make the endpoint",
  createThen: "Events from now on are sent to it, signed, each at least once.",
  taken: "There is an endpoint of this name already",
  takenNext: "Choose another name, or change that one.",
  id: "Name",
  idWhy: "Small letters, digits, and . _ -",
  url: "Address",
  urlWhy: "https, and an address that everybody can reach.",
  party: "Only events of this party (optional)",
  partyWhy: "It gets them as that party sees them.",
  types: "Only some kinds of event",
  typesWhy: "All of them unless some are chosen.",
  change: "Change",
  changeThen: "What is still on its way goes to the new address. One that has ended is told again.",
  save: "Save",
  rotate: "New secret",
  rotateThen:
    "It is told once, here. The secret before signs as well for a day, so that nothing is lost meanwhile.",
  delete: "Delete",
  deleteThen: "What is on its way to it is not sent any more. This can’t be undone.",
  secret: "The secret, told this once",
  secretThen:
    "Put it where the endpoint checks signatures. It can’t be read again, but a new one can be made.",
  copy: "Copy",
  copied: "Copied.",
  back: "All endpoints",
};

export const refusalEn = {
  money: {
    untouched: "Untouched.",
    unknown: "Not known yet: done as a whole, or untouched. Never a part of it.",
    frozen: "As before.",
    clearing: "It waits in clearing.",
  } as Record<string, string>,
  /** In the hub's own words, unless they are here. */
  what: (code: TallystickErrorCode, message: string) => WHATS[code] ?? message,
  fault: (message: string) => message,
  unread: "This can’t be read now",
  looking: "Untouched. Looking changes nothing.",
  later: "Try again in a moment; if it stays so, look how store and archive do.",
  elsewhere: "Check how it is written, or look for it.",
  same: "Send it again: it is done once.",
  new: "Look at it anew, then try again.",
  no: "It can’t be done as it stands.",
};

const UNKNOWN = "We do not know yet whether it was done";
const WHATS: Whats = {
  forbidden: "This token may not do that",
  unauthenticated: "This token is no operator’s, or no longer good",
  not_found: "There is no such thing",
  unavailable: UNKNOWN,
  internal: UNKNOWN,
  timeout: UNKNOWN,
  aborted: UNKNOWN,
  disconnected: UNKNOWN,
};
