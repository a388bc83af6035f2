/** A voucher's record, read at one moment, against its own log, its issuance and the journal. */
import { lastDigits, VOUCHER_STATES } from "@tallystick/protocol";
import { findAlteredEvent } from "../ledger/digest-chain.ts";
import { unpack } from "../ledger/packing.ts";
import { foldLog, nextOf, type VoucherFold } from "../ledger/voucher-fold.ts";
import { readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import { wholeNumber } from "../ledger/whole-number.ts";
import type { Check } from "./findings.ts";
import type { JournaledVoucher } from "./journal.ts";
import type { VoucherMoment } from "./voucher-moment.ts";

/** How a voucher stands, as its record has it. */
const STANDING = [
  "version",
  "state",
  "digest",
  "honoured",
  "released",
  "pending",
  "remaining",
  "drawn",
  "final",
  "expiring",
  "nextAt",
] as const;
type Standing = Record<(typeof STANDING)[number], string>;
const SUMS = ["version", "honoured", "released", "pending", "remaining", "drawn"] as const;

const FIELD = /^(?:[oswqdt]|[1-9]\d{0,2}|z:[1-9]\d{0,2}|[bpiok]:.+)$/;
/** id, amount, when it was presented, deadline, when silence honours it, final, number, holder. */
const WAITING = /^\d+\|\d+\|\d+\|\d+\|\d+\|f?\|[^|]*\|.*$/;

export interface AuditedVoucher {
  voucherId: string;
  hash: Record<string, string>;
  /** The terms as one text, with the salt of the digests. */
  packed: string;
  terms: VoucherTerms;
  standing: Standing;
  log: string[];
  /** What the log makes of it; undefined where its events do not follow each other. */
  fold: VoucherFold | undefined;
  isFenced: boolean;
}

/** Reads a record; undefined when it is not one of a voucher. */
export function readRecord(voucherId: string, hash: Record<string, string>): AuditedVoucher | undefined {
  const { o: packed = "", s = "", w = "", q = "" } = hash;
  const terms = readTerms(voucherId, packed);
  const parts = unpack(s);
  const standing = Object.fromEntries(STANDING.map((name, index) => [name, parts[index] ?? ""])) as Standing;
  const isForm =
    terms !== undefined &&
    parts.length === STANDING.length &&
    SUMS.every((name) => Number(wholeNumber(standing[name])) >= 0) &&
    /^\d*$/.test(standing.nextAt) &&
    (VOUCHER_STATES as readonly string[]).includes(standing.state) &&
    Object.keys(hash).every((field) => FIELD.test(field)) &&
    entriesOf(w).every((entry) => WAITING.test(entry));
  if (!isForm) return undefined;
  const log: string[] = [];
  for (let line = hash[1]; line !== undefined; line = hash[log.length + 1]) log.push(line);
  const isFenced = q.startsWith("fenced|");
  return { voucherId, hash, packed, terms, standing, log, fold: foldLog(terms, log), isFenced };
}

function entriesOf(waiting: string): string[] {
  return waiting === "" ? [] : waiting.split("\x1e");
}

/** The log is whole, and each event follows the one before, the first the issuance's last. */
export function logChecks(
  { packed, terms, standing, log, fold, hash }: AuditedVoucher,
  { issuance }: Pick<VoucherMoment, "issuance">,
): Check[] {
  const { version, digest } = standing;
  const from = issuance?.state === "issued" ? issuance.digest : undefined;
  const altered = findAlteredEvent({ terms: packed, number: terms.number, log }, from);
  const isComplete = version === String(log.length);
  return [
    [!isComplete, "log_incomplete", `its version is ${version}, but its log has ${log.length} events`],
    [
      log.length > 0 && !log.at(-1)?.startsWith(`${digest}|`),
      "digest_unlike_log",
      "its digest is not its last event's",
    ],
    [altered === 0, "log_altered", "event 1 of its log, or its terms, is not the one that was written"],
    [altered > 0, "log_altered", `event ${altered + 1} of its log is not the one that was written`],
    [
      altered < 0 && isComplete && fold === undefined,
      "voucher_malformed",
      "the events of its log do not follow each other",
    ],
    ...(fold && isComplete ? answerChecks(hash, fold, log) : []),
  ];
}

/** The answers that repeats of its commands get. */
function answerChecks(hash: Record<string, string>, fold: VoucherFold, log: readonly string[]): Check[] {
  const answered = new Set<number>();
  const malformed: string[] = [];
  for (const [field, value] of Object.entries(hash)) {
    if (!/^[bpio]:/.test(field)) continue;
    const version = Number(/^\S+ (\d+)$/.exec(value)?.[1]);
    if (version >= 1 && version <= log.length) answered.add(version);
    else malformed.push(`${field} is ${value}`);
  }
  // Its first event is the answer to a command on its issuance; operators' words about settlements are no commands on it.
  const types = log.flatMap((line, index) => {
    const [, type = "", by = ""] = line.split("|");
    const isCommand = (index > 0 && "bpi".includes(by)) || type === "voucher.voided";
    return isCommand && !answered.has(index + 1) ? [type] : [];
  });
  return [
    [malformed.length > 0, "answer_malformed", `it has answers that name no event: ${malformed.join(", ")}`],
    [
      malformed.length === 0 && types.length > 0 && fold.snapshot !== undefined,
      "answer_missing",
      `it has no answers for ${types.join(", ")}`,
    ],
  ];
}

/** How it stands, and what waits, against what its events say. */
export function standingChecks({ standing, hash, fold, log }: AuditedVoucher): Check[] {
  const { snapshot } = fold ?? {};
  if (!fold || !snapshot || standing.version !== String(log.length)) return [];
  const { honoured, released, pending, remaining } = snapshot;
  const sums = [honoured, released, pending, remaining, fold.drawn];
  const says = [...sums, fold.isFinal ? "f" : "", fold.isExpiring ? "e" : ""].join(" ");
  const told = STANDING.slice(3, 10)
    .map((name) => standing[name])
    .join(" ");
  const entries = entriesOf(hash.w ?? "").map((entry) => entry.split("|"));
  // Until when silence waits may be later than the deadline: while no hub was there, or it was fenced, nobody could refuse.
  const isWaiting =
    entries.length === fold.waiting.length &&
    fold.waiting.every((each, index) => {
      const [id, amount, at, deadline, until, final, number, ...holder] = entries[index] ?? [];
      const is = [id, amount, at, deadline, final, number, holder.join("|")].join("|");
      const {
        drawingId,
        amount: sum,
        at: when,
        deadline: till,
        final: last,
        number: to,
        holder: name,
      } = each;
      const was = [drawingId, sum, when, till, last, to, name].join("|");
      return is === was && Number(until) >= till;
    });
  const untils = entries.map(([, , , , until]) => Number(until));
  const next = nextOf(fold, untils);
  return [
    [
      standing.state !== snapshot.state,
      "state_unlike_log",
      `it is ${standing.state}, but its last event left it ${snapshot.state}`,
    ],
    [told !== says, "standing_unlike_log", `it says ${told}, but its events say ${says}`],
    [!isWaiting, "waiting_unlike_log", "the drawings that wait are not those that its events say"],
    [
      isWaiting && standing.nextAt !== next,
      "deadline_unlike_log",
      `it says that something comes at ${standing.nextAt || "no time"}, but that is ${next || "never"}`,
    ],
  ];
}

/** Its terms are what its issuance's offer and its event say. */
export function termsChecks(
  { terms, packed }: AuditedVoucher,
  { issuance }: Pick<VoucherMoment, "issuance">,
  issuedFrom: string | undefined,
): Check[] {
  const state = issuance?.state ?? "missing";
  if (!issuance || state !== "issued")
    return [[true, "voucher_without_issuance", `its issuance is ${state}, not issued`]];
  const { payer, number, kind, last4, amount, currency, issuedAt, expiresAt } = terms;
  const lasts = 1000 * issuance.validFor;
  return [
    [
      amount !== issuance.amount,
      "voucher_amount",
      `it is of ${amount} from ${payer}, its issuance of ${issuance.amount} from ${issuance.payer}`,
    ],
    ...(["issuer", "payer", "beneficiary"] as const).map(
      (role): Check => [terms[role] !== issuance[role], "voucher_party", `its ${role} is ${terms[role]}`],
    ),
    [
      currency !== issuance.currency,
      "voucher_currency",
      `it is in ${currency}, its issuance in ${issuance.currency}`,
    ],
    [terms.memo !== issuance.memo, "voucher_memo", "its memo is not its issuance's"],
    [
      terms.approval !== issuance.approval,
      "voucher_approval",
      `its drawings wait for ${terms.approval || "nobody"}, by the offer for ${issuance.approval || "nobody"}`,
    ],
    [unpack(packed).at(-1) !== issuance.salt, "voucher_salt", "its salt is not its issuance's"],
    [
      String(issuedAt) !== issuance.endedAt || expiresAt !== issuedAt + lasts,
      "voucher_time",
      `it was issued at ${issuedAt} until ${expiresAt}, its issuance at ${issuance.endedAt} for ${lasts} ms`,
    ],
    [
      kind !== issuance.kind ||
        last4 !== issuance.last4 ||
        last4 !== lastDigits(number) ||
        (issuedFrom !== undefined && number !== issuedFrom),
      "voucher_account",
      `it is from the ${kind} account …${last4}, but was issued from the ${issuance.kind} account …${issuance.last4}`,
    ],
  ];
}

/** Log and terms, against the journal. */
export function journalChecks(
  { packed, log, standing }: AuditedVoucher,
  journaled: JournaledVoucher | undefined,
): Check[] {
  if (!journaled) return [[true, "journal_lacks_events", "the journal has nothing of it"]];
  const { lines, terms } = journaled;
  const other = log.findIndex((line, index) => index < lines.length && line !== lines[index]);
  return [
    [
      lines.length < log.length,
      "journal_lacks_events",
      `the journal has ${lines.length} of the ${log.length} events in its log`,
    ],
    [
      lines.length > log.length && standing.version === String(log.length),
      "journal_unlike_log",
      `its log has ${log.length} of the ${lines.length} events in the journal`,
    ],
    [other >= 0, "journal_unlike_log", `event ${other + 1} of its log is another one in the journal`],
    [terms !== packed, "terms_unlike_journal", "its terms are not those that the journal has"],
  ];
}
