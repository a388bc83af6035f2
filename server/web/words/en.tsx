/** All that the pages say, in English. */
import type { ComponentChildren } from "preact";
import type { End, What } from "../model/steps.ts";
import { countdown, dayAndTime, partsOfLeft } from "./format.ts";
import { accountsEn, historyEn } from "./history-en.tsx";
import { refusalsEn } from "./refusals-en.tsx";
import { lifeEn, voucherEn } from "./voucher-en.tsx";

type Words = ComponentChildren;
type Kind = "funds" | "credit";

const KINDS = { funds: "funds account", credit: "credit line" };
const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

function left(ms: number): string {
  const parts = partsOfLeft(ms);
  if (parts.days >= 10) return `${Math.round(ms / 86_400_000)} days`;
  return parts.days > 0 ? `${parts.days} d ${parts.hours} h` : countdown(parts);
}

function leftInWords(ms: number): string {
  const { days, hours, minutes, seconds } = partsOfLeft(ms);
  const texts = [
    days > 0 && plural(days, "day", "days"),
    hours > 0 && plural(hours, "hour", "hours"),
    days === 0 && minutes > 0 && plural(minutes, "minute", "minutes"),
    days + hours === 0 && plural(seconds, "second", "seconds"),
  ].filter(Boolean);
  return `${texts.join(" ")} left`;
}

function account({ kind, last4 }: { kind?: Kind | undefined; last4: string }): string {
  return `${kind ? KINDS[kind] : "account"} ending ${last4}`;
}

function step(what: What, payer: Words): Words {
  switch (what.says) {
    case "requested":
      return what.toSelf ? "asks itself to pay" : <>asks {payer} to pay</>;
    case "agreed":
      return "agrees";
    case "declined":
      return "declines";
    case "opened":
      return "opens the issuance";
    case "accepted":
      return "accepts the account";
    case "cancelled":
      return "cancels";
    case "changed":
      return "asks for another account";
    case "sent":
      return `sends ${account(what.account)}`;
    case "kept":
      return `keeps ${account(what.account)}`;
    case "verified":
      return "The name matches, then the amount is covered";
    case "stale":
      return "It no longer passes. Nothing is frozen";
    case "refused":
      return what.attemptsLeft === 0
        ? "Refuses it, and no other may be sent"
        : `Refuses it. ${plural(what.attemptsLeft, "try is", "tries are")} left`;
    case "consented":
      return `Consents. Change ${what.changes} of 5`;
  }
}

const ENDS: Record<Extract<End, { how: "cut" }>["why"], readonly [string, string]> = {
  declined: ["Declined", "Nothing is frozen."],
  cancelled: ["Cancelled", "Nothing is frozen."],
  expired: ["Expired", "No answer in time. Nothing is frozen."],
  failed: ["Failed", "Five accounts were refused. Nothing is frozen."],
};

export const en = {
  code: "en" as string,
  other: "中文",
  otherLanguage: "zh" as "en" | "zh",
  title: "Tallystick",
  pages: "Pages",
  terminal: "Terminal",
  theme: "Light or dark",
  signOut: "Sign out",
  live: "Live",
  offline: "Offline",
  skip: "To what you can do now",
  inbox: "Inbox",
  back: "Inbox",
  moreWait: (count: number) => (count === 0 ? "" : `${count} more ${count === 1 ? "waits" : "wait"} for you`),
  loading: "Fetching what is open.",
  you: "You",
  left,
  leftInWords,
  kind: (kind: Kind): string => (kind === "funds" ? "Funds" : "Credit line"),
  account,
  step,
  roles: { issuer: "Issuer", payer: "Payer", beneficiary: "Beneficiary" },
  hub: "Hub",
  now: "now",
  money: "The money",
  close: "Close",
  goBack: "Back",
  cancelForm: "Not now",

  signIn: {
    title: "Sign in",
    choose: "Choose a party of the sample book",
    chooseWhy:
      "This hub runs on your own machine with its sample accounts, so you can be any party. Open a second tab to be the other side.",
    find: "Find a party",
    none: "The book has none of the sample parties. Sign in with a token.",
    token: "Token",
    tokenWhy: "A JSON Web Token from whoever runs this hub. It stays in this tab.",
    go: "Sign in",
    withToken: "Sign in with a token",
    withParty: "Choose a party instead",
    connecting: "Connecting …",
  },

  cut: (since: string) => `Offline since ${since}.`,
  cutWhat: (seconds: number) =>
    `Nothing is lost. What you ask for now is kept and sent once, when the line is back. Next try in ${seconds} s.`,
  tryNow: "Try now",
  backAt: (at: string) => `Back at ${at}.`,
  backWhat: (count: number) =>
    count === 0
      ? "Nothing happened meanwhile."
      : `${plural(count, "step", "steps")} happened meanwhile, marked where ${count === 1 ? "it is" : "they are"}.`,

  list: {
    find: "Party, amount or memo",
    mine: "Your turn",
    theirs: "Their turn",
    live: "Live vouchers",
    ended: "Ended",
    clear: "Clear what has ended",
    remains: (sum: string) => `Remains ${sum}`,
    ask: "Ask for a voucher",
    emptyTitle: "Nothing waits for you",
    empty: "Invitations appear here by themselves. To be paid, ask a party to be payer.",
    noneTitle: (text: string) => `Nothing matches “${text}”`,
    none: "Searched what is open, what lives, and what has ended since you signed in.",
    clearSearch: "Clear the search",
    chooseTitle: "Choose what to look at",
  },
  tasks: {
    agree: "Agree or decline",
    open: "Open it",
    submit: "Send an account",
    change: "Another account",
    accept: "Accept the account",
    decide: "Drawing to approve",
    take: "Accept the voucher",
  },
  waits: {
    proposed: "They agree or decline",
    agreed: "They open it",
    opened: "They send an account",
    verified: "They accept",
    changing: "They send another account",
  },
  states: {
    proposed: "Asked",
    agreed: "Agreed",
    opened: "Opened",
    verified: "Verified",
    changing: "Account changes",
    issued: "Issued",
    declined: "Declined",
    cancelled: "Cancelled",
    expired: "Expired",
    failed: "Failed",
    accepted: "Accepted",
    honoured: "Paid",
    released: "Released",
    rejected: "Rejected",
    withdrawn: "Withdrawn",
    voided: "Voided",
  },

  asksYou: (issuer: Words) => <>{issuer} asks you to pay</>,
  youAsk: (payer: Words) => <>You ask {payer} to pay</>,
  youAskYourself: "You ask yourself to pay",
  terms: {
    for: "For",
    beneficiary: "Beneficiary",
    valid: "Valid",
    review: "Accounts",
    approval: "Drawings",
    days: (seconds: number) =>
      seconds % 86_400 === 0
        ? plural(seconds / 86_400, "day", "days")
        : plural(Math.round(seconds / 3600), "hour", "hours"),
    reviews: {
      first: "the first is reviewed",
      every: "each is reviewed",
      none: "issued as soon as one passes",
    },
    approvedBy: (party: Words, within: string) => (
      <>
        {party} may refuse within {within}
      </>
    ),
  },
  happened: "What has happened",
  here: "Here",
  away: "Not here",
  yourTurn: "Your turn",
  theirTurn: "Their turn",
  yourAnswer: "Your answer",
  theirAnswer: "Their answer",
  answerBy: (time: string) => `Answer by ${time}, or it expires with nothing frozen.`,
  theyAnswerBy: (time: string) => `Until ${time}; then it expires with nothing frozen.`,
  timeLeft: (text: string) => `${text} left`,
  ends: ENDS,
  joined: "Frozen and issued",
  openVoucher: "Open the voucher",
  reference: (id: Words, version: number) => (
    <>
      Issuance {id}, step {version}
    </>
  ),
  ask: {
    agree: (issuer: Words) => <>{issuer} asks you to stand behind this voucher.</>,
    open: (payer: Words) => <>{payer} agrees. Open the issuance, and the account is sent.</>,
    openSelf: "Open the issuance, then send the account.",
    submit: "From which account do you pay?",
    change: (issuer: Words) => <>{issuer} asks you to pay from another account.</>,
    changeOwn: "The hub consents. From which other account do you pay?",
    accept: (payer: Words) => <>{payer} pays from a verified account.</>,
    acceptSelf: "The account is verified.",
    waits: {
      proposed: (payer: Words) => <>{payer} has been asked.</>,
      agreed: (issuer: Words) => <>You have agreed. {issuer} opens the issuance.</>,
      opened: (payer: Words) => <>{payer} chooses an account.</>,
      verified: (issuer: Words) => <>{issuer} looks at your account.</>,
      changing: (payer: Words) => <>{payer} was asked for another account.</>,
    },
  },
  act: {
    agree: "Agree to pay",
    agreeThen: "You promise the money. Nothing is frozen before you have sent an account and it is verified.",
    decline: "Decline",
    declineThen: "It ends here. Nothing is frozen.",
    open: "Open the issuance",
    openThen: (payer: Words) => <>{payer} is told at once to send its account.</>,
    accept: "Accept and issue",
    acceptThen: (sum: Words) => (
      <>
        The account is verified again, {sum} is frozen and the voucher is issued: all at once, or none of it.
      </>
    ),
    change: "Ask for another account",
    changeThen: (payer: Words) => <>{payer} sends another, or keeps this one. Nothing is frozen meanwhile.</>,
    changeOwn: "Send another account",
    changeOwnThen: "The hub consents first. Nothing is frozen meanwhile.",
    keep: (what: string) => `Keep ${what}`,
    keepThen: (issuer: Words) => <>Nothing is frozen yet. {issuer} accepts it, or asks again.</>,
    pay: (what: string) => `Pay from ${what}`,
    sendAccount: "Send this account",
    payIssues: (sum: Words) => (
      <>When it passes, {sum} is frozen and the voucher is issued: both at once, or neither.</>
    ),
    payWaits: (issuer: Words) => <>It is verified at once. Nothing is frozen until {issuer} accepts it.</>,
    cancel: "Cancel this issuance",
    cancelAsk: "Cancel this issuance?",
    cancelThen: "It ends for both sides. Nothing is frozen.",
    reason: "Reason, which they read",
    optional: "optional",
    sending: "Sent. The hub answers in a moment.",
    waitsForLine: "Kept. It is sent once, when the line is back.",
    repeating: (tries: number) =>
      `No answer yet, so nobody knows what became of it. It is sent again, ${plural(tries, "time", "times")} so far, and has one effect. You need not press again.`,
  },
  pick: {
    legend: "Your accounts, with what is available",
    cannot: (count: number) => `${plural(count, "account", "accounts")} can’t pay this`,
    stands: "The account that stands; keep it below",
    short: (available: Words, by: string) => (
      <>
        Available {available}, short by {by}
      </>
    ),
    blocked: "Blocked",
    currency: (its: string, wanted: string) => `Kept in ${its}; the voucher is in ${wanted}`,
    other: "Another account",
    number: "Account number",
    holder: "Account holder",
    credit: "A line of credit, which nothing can be paid into",
    intoLegend: "Into which of your accounts?",
    cannotTake: (count: number) => `${plural(count, "account", "accounts")} can’t take this`,
  },

  request: {
    title: "Ask for a voucher",
    payer: "Payer",
    payerWhy: "The party that is to pay.",
    amount: "Amount",
    currency: "Currency",
    memo: "For",
    memoWhy: "What it is about. Both sides and the beneficiary read it.",
    beneficiary: "Beneficiary",
    beneficiaryWhy: "Whom it is made out to. You, unless you name another.",
    more: "More terms",
    validFor: "Valid for, days",
    review: "How accounts are reviewed",
    reviews: {
      first: "I review the first; one sent after a change is issued at once",
      every: "I review each",
      none: "The first that passes is issued at once",
    },
    approval: "When it is drawn on",
    approvals: {
      none: "Each drawing is paid at once",
      payer: "The payer may refuse a drawing; silence pays it",
      issuer: "I may refuse a drawing; silence pays it",
    },
    within: "Days to refuse",
    go: "Ask",
    goThen: "The payer is told at once. Nothing is frozen.",
    sending: "Asking …",
    problems: {
      party: "A party’s id, as in acme",
      amount: "An amount, as in 1250.50",
      days: "A whole number of days, from 1 to 365",
      approver: "Who may refuse must not be the beneficiary",
    },
  },

  voucher: voucherEn,
  life: lifeEn,
  history: historyEn,
  accounts: accountsEn,
  fence: {
    what: "The hub’s store has gone back behind what was seen of this",
    money: "As before. Nothing moves until an operator decides.",
    next: {
      issuance: "Wait: the operator has been told. It can still be ended, by the deadline too.",
      voucher:
        "Wait: the operator has been told. Until then nothing can be done with it, and it does not expire.",
    },
    again: "Look again",
    task: "The operator decides",
    lost: "The hub’s store no longer has what is shown here",
    lostNext:
      "The operator has been told. What the hub has of it can be looked at, and may be an earlier step.",
    anew: "Show what the hub has",
  },
  lost: {
    title: "Not found",
    what: "There is no such issuance or voucher, or it is not yours.",
    money: "Untouched by looking.",
    next: "Look for it in the inbox, or sign in as one of its parties.",
  },
  refusals: refusalsEn,
  dayAndTime,
};

export type AllWords = typeof en;
