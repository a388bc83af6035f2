/** A valid history of one voucher, as its three parties and the store have it, for tests that break it in one point. */
import type { VoucherCommandName, VoucherEventType, VoucherState } from "@tallystick/protocol";
import type { Evidence } from "./findings.ts";
import type { Mark } from "./history.ts";
import type { StoredVoucher } from "./records.ts";
import { validHistory } from "./valid-history.ts";

export const VOUCHER_ID = "v3-aaaaaaaaaaaaaaaa";

interface Step {
  by: "i" | "p" | "b" | "h";
  /** Of whoever sends one; what the hub does has none, nor has the issue, which is a command on the issuance. */
  command?: VoucherCommandName;
  type: VoucherEventType;
  state: VoucherState;
}

const STEPS: Step[] = [
  { by: "i", type: "voucher.issued", state: "issued" },
  { by: "b", command: "voucher:accept", type: "voucher.accepted", state: "accepted" },
  { by: "b", command: "voucher:draw", type: "drawing.presented", state: "accepted" },
  { by: "p", command: "drawing:approve", type: "drawing.honoured", state: "honoured" },
  { by: "h", type: "drawing.settled", state: "honoured" },
];
const PARTIES = { i: "shop", p: "acme", b: "nord", h: "" } as const;

/** Each digest begins with the second half of the one before. */
function digestAt(version: number): string {
  return `half-${version - 1}half-${version}`;
}

export function voucherMarkAt(version: number): Mark {
  const { type, state } = STEPS[version - 1] as Step;
  return { issuanceId: VOUCHER_ID, version, digest: digestAt(version), type, state };
}

export function voucherLine(version: number, step = STEPS[version - 1] as Step): string {
  return `${digestAt(version)}|${step.type}|${step.by}|${step.state}|${2000 + version}`;
}

/** The valid history of an issuance, and of the voucher that was drawn, approved and paid out. */
export function validVoucher(mayRollBack = false): Evidence {
  const evidence = validHistory(mayRollBack);
  const { history, book } = evidence;
  const answers: StoredVoucher["answers"] = [];
  for (const [index, { by, command }] of STEPS.entries()) {
    if (!command) continue;
    const version = index + 1;
    const party = PARTIES[by];
    const intent = { party, command, commandId: `v${version}`, message: `vm${version}` };
    const at = 100 + 10 * version;
    history.sent.push({ ...intent, at });
    history.acknowledged.push({
      ...intent,
      at: at + 5,
      answer: "done",
      event: voucherMarkAt(version),
      body: `vb${version}`,
    });
    answers.push({ party, commandId: `v${version}`, version, code: "" });
  }
  const marks = STEPS.map((_, index) => voucherMarkAt(index + 1));
  for (const party of ["shop", "acme", "nord"]) {
    const from = { version: 1, digest: digestAt(1), state: "issued" } as const;
    history.views.push({
      terminal: `${party}/1`,
      party,
      issuanceId: VOUCHER_ID,
      from,
      events: marks.slice(1),
    });
  }
  const log = STEPS.map((_, index) => voucherLine(index + 1));
  book.vouchers.set(VOUCHER_ID, {
    issuanceId: VOUCHER_ID,
    issuer: "shop",
    payer: "acme",
    beneficiary: "nord",
    approver: "payer",
    state: "honoured",
    version: STEPS.length,
    fence: "",
    decided: false,
    log,
    answers,
  });
  book.journals[0]?.push(...log.map((line) => ({ issuanceId: VOUCHER_ID, line })));
  return evidence;
}

/** The one voucher of the history. */
export function storedVoucher({ book }: Evidence): StoredVoucher {
  return book.vouchers.get(VOUCHER_ID) as StoredVoucher;
}

/** Writes another line in log and journal, as a store that does wrong would. */
export function rewrite(evidence: Evidence, version: number, line: string): void {
  storedVoucher(evidence).log[version - 1] = line;
  const entry = evidence.book.journals[0]?.filter(({ issuanceId }) => issuanceId === VOUCHER_ID)[version - 1];
  if (entry) entry.line = line;
}
