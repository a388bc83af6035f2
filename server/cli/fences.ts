/** `tallystick fences …`: issuances and vouchers that wait for an operator since the store went back in time. */
import {
  type Fence,
  type FenceDecide,
  formatAmount,
  IssuanceId,
  MissingClosed,
  Snapshot,
  Text,
  VoucherId,
  VoucherSnapshot,
} from "@tallystick/protocol";
import type { Command } from "commander";
import { z } from "zod";
import type { Decided as FenceDecided } from "../ledger/fences.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { VoucherResumed } from "../ledger/voucher-fences.ts";
import { alignColumns } from "./align.ts";
import { type Decided, type DecideOptions, decide, withHubOptions } from "./decide.ts";
import { partyOption, readAs } from "./parsed-by.ts";
import { tellUnread } from "./unread.ts";
import { withLedger } from "./with-ledger.ts";

/** Adds the commands on fences to the program. */
export function addFenceCommands(program: Command): void {
  const fences = program
    .command("fences")
    .description(
      "see and decide issuances and vouchers of which the store has lost what terminals were told",
    );
  fences
    .command("list")
    .option("--json", "print JSON lines")
    .addOption(partyOption("only what this party has shown, or takes part in"))
    .action((options: ListOptions) => withLedger((ledger) => list(ledger, options)));
  withHubOptions(
    fences.command("resume <id>").description("let an issuance or a voucher go on from what the store has"),
  ).action((id: string, options: DecideOptions) => resolve(id, { decision: "resume" }, options));
  withHubOptions(
    fences
      .command("cancel <issuance>")
      .description("end it without a voucher")
      .option("--reason <text>", "told to both sides", readAs(Text)),
  ).action((id: string, { reason, ...options }: DecideOptions & { reason?: string }) =>
    resolve(id, { decision: "cancel", ...(reason !== undefined && { reason }) }, options),
  );
}

interface ListOptions {
  json?: boolean;
  party?: string;
}

/** How many are read and aligned at once. */
const PAGE = 500;

async function list(ledger: Ledger, { json = false, party }: ListOptions): Promise<void> {
  let isEmpty = true;
  let unread = 0;
  let after: string | undefined;
  do {
    const { fences, next, degraded } = await ledger.fences.list({ party, after, limit: PAGE });
    const header = isEmpty ? [HEADER] : [];
    if (json) for (const fence of fences) console.log(JSON.stringify(fence));
    else if (fences.length > 0)
      for (const line of alignColumns([...header, ...fences.map(row)], { right: [3, 4, 5] }))
        console.log(line);
    isEmpty &&= fences.length === 0;
    unread = Math.max(unread, degraded ?? 0);
    after = next;
  } while (after !== undefined);
  if (unread > 0) tellUnread(unread);
  else if (isEmpty && !json) console.log("Nothing is fenced.");
}

const HEADER = ["fenced", "issuer", "payer", "amount", "stored", "known", "state", "shown by", "since"];

function row({ issuanceId, voucherId, by, version, at, issuance, voucher }: Fence): string[] {
  const since = new Date(at).toISOString();
  const id = issuanceId ?? voucherId ?? "";
  const stored = issuance ?? voucher;
  if (!stored) return [id, "", "", "", "0", String(version), "missing", by, since];
  const { issuer, payer, amount, currency, state } = stored;
  const sum = `${formatAmount(amount, currency)} ${currency}`;
  return [id, issuer, payer, sum, String(stored.version), String(version), state, by, since];
}

/** What became of what was fenced; undefined when it is missing, and its case is closed now. */
type Standing = { state: string; version: number } | undefined;

const Answer = z.union([MissingClosed.transform(() => undefined), Snapshot, VoucherSnapshot]);

async function resolve(id: string, body: FenceDecide, options: DecideOptions): Promise<void> {
  const isVoucher = VoucherId.safeParse(id).success;
  if (!isVoucher && !IssuanceId.safeParse(id).success)
    throw new Error(`${id} is not the id of an issuance or a voucher`);
  if (isVoucher && body.decision === "cancel")
    throw new Error(`a voucher can't be cancelled: resume ${id}, and end it with tallystick vouchers void`);
  const decided = await decide<Standing>(
    {
      path: `/v1/fences/${id}`,
      body,
      read: (answer) => Answer.parse(answer),
      inBook: async ({ fences }) =>
        inBook(await (isVoucher ? fences.vouchers.resume(id) : fences.decide(id, body))),
    },
    options,
  );
  if (decided.kind === "done") {
    const { value } = decided;
    console.log(
      value
        ? `${id} is ${value.state}, version ${value.version}.`
        : `${id} is missing from the store, and no longer listed.`,
    );
    return;
  }
  if (decided.code === "not_found")
    throw new Error(`there is no ${isVoucher ? "voucher" : "issuance"} ${id}`);
  const orEnded = isVoucher ? "" : ", or it has ended and can only be resumed";
  throw new Error(`${id} is ${decided.details?.state}: it is not fenced${orEnded}`);
}

function inBook(decided: FenceDecided | VoucherResumed): Decided<Standing> {
  if (decided.kind === "done") return { kind: "done", value: decided.snapshot };
  if (decided.kind === "missing") return { kind: "done", value: undefined };
  return { kind: "refused", code: decided.code, details: { state: decided.state } };
}
