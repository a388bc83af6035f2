/** What the pages say of vouchers, in English. */
import type { ComponentChildren } from "preact";

type Words = ComponentChildren;

/** The document. */
export const voucherEn = {
  name: "Voucher",
  notches: (digits: string) =>
    `The tally: notches for the digits of the amount, ${digits}, the same in both halves`,
  beneficiary: "Beneficiary",
  payer: "Payer",
  issuer: "Issuer",
  for: "For",
  issued: "Issued",
  validUntil: "Valid until",
  honoured: "Paid",
  waits: "Waits",
  remains: "Remains",
  released: "Released",
  drawings: "Drawings",
  columns: { number: "No.", at: "When", what: "What became of it", amount: "Amount" },
  drawing: {
    waitsFor: (party: Words, until: Words) => (
      <>
        Waits for {party} <small>until {until}, then paid</small>
      </>
    ),
    open: "Taken from the payer, on its way",
    settled: "Paid",
    failed: "Could not be paid out; the operator sees to it",
    refused: (reason: Words) => <>Refused: {reason}</>,
    to: (last4: string) => `to account ending ${last4}`,
  },
  state: {
    issued: "Issued, not yet accepted",
    accepted: "Accepted",
    drawn: "Accepted, drawn on",
    honoured: "Paid in full",
    paidInPart: "Paid; the rest was given up",
    released: "Released by the beneficiary",
    rejected: "Rejected by the beneficiary",
    withdrawn: "Withdrawn by the issuer",
    expired: "Expired",
    voided: "Voided by the operator",
  },
  signed: "Signed by the hub",
  proves:
    "Verifying proves that this hub signed the amount, the parties and the dates above, and that not a character has changed. It does not say what has been drawn since: the hub does.",
  tech: (key: Words, version: number, digest: Words) => (
    <>
      Ed25519, key {key}, step {version}, digest {digest}
    </>
  ),
  durability: {
    memory: "in the store’s memory",
    fsynced: "on disk",
    replicated: "on disk and replicated",
  },
  printed: (at: string) => `Printed ${at}. Drawings are as they were then.`,
  qr: "QR code that opens this voucher at the hub",
  noSignature: "What has ended is no longer signed.",
  print: "Print",
  printWhy: "one A4 page",
  file: "Signed file",
  fileWhy: ".jwt",
  verify: "Verify again",
  negotiated: "How it was negotiated",
  match: "The halves match",
  matchWhy: (at: string) =>
    `Checked in this browser at ${at} with the hub’s public key, and with the hub for what was drawn.`,
  checking: "Checking the signature …",
  cannotCheck: "Not checked here",
  cannotCheckWhy:
    "This browser can’t verify Ed25519 on this connection. Save the signed file, and run: tallystick verify FILE --jwks KEYS",
  noDocument: "There is no signed file now",
  noDocumentWhy: "The hub did not give one. What you see is what the hub says.",
  mismatch: "This signature does not match",
  mismatchMoney: "This file proves none. What the hub says of the voucher stands above.",
  mismatchNext: "It was changed after signing, or another hub signed it. Tell whoever runs this hub.",
  unit: (size: number) => `${(size / 1024).toFixed(1)} KB`,
};

/** What can be done with it. */
export const lifeEn = {
  decide: (party: Words, sum: Words) => (
    <>
      {party} draws {sum}
    </>
  ),
  silence: (time: string) => `Answer by ${time}. Silence pays it.`,
  approve: (sum: string) => `Approve, pay ${sum}`,
  approveThen: (party: Words, last4: string | undefined) => (
    <>
      It leaves the payer’s account for {party}
      {last4 ? `, account ending ${last4}` : ""}.
    </>
  ),
  refuse: "Refuse, with a reason",
  refuseThen: (party: Words) => <>It stays frozen for this voucher; {party} may draw again.</>,
  refuseGo: "Refuse the drawing",
  take: (sum: Words) => <>{sum} is yours to draw.</>,
  accept: "Accept the voucher",
  acceptThen: "Its issuer can no longer withdraw it. The money stays frozen for you.",
  reject: "Reject it",
  rejectThen: "It ends here, and the money is unfrozen.",
  draw: "Draw",
  drawThen: (sum: Words) => <>{sum} remains.</>,
  drawInto: "All or a part of it, into an account of yours.",
  drawTitle: "Draw on the voucher",
  amount: "Amount",
  all: "All that remains",
  final: "This is the last drawing: what remains is given up",
  drawGo: (sum: string) => `Draw ${sum}`,
  drawNow: "It leaves the payer’s frozen money for your account at once.",
  drawWaits: (party: Words, within: string) => (
    <>
      {party} may refuse it within {within}; silence pays it.
    </>
  ),
  release: "Give up a part or all",
  releaseTitle: "Give up what you do not need",
  releaseGo: (sum: string) => `Give up ${sum}`,
  releaseThen: "It is unfrozen in the payer’s account, and can’t be drawn again.",
  withdraw: "Withdraw it",
  withdrawThen: "It ends before its beneficiary has done anything. The money is unfrozen.",
  watchTitle: "Nothing to do",
  watch: {
    issued: (party: Words) => <>{party} has yet to accept it.</>,
    accepted: (party: Words) => <>{party} may draw on it.</>,
    waits: (party: Words) => <>{party} decides on a drawing.</>,
  },
  ended: "This voucher has ended.",
  until: (time: string) => `Valid until ${time}.`,
  exceeds: (sum: string) => `No more than ${sum}`,
};
