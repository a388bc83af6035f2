/** `tallystick fences …`: issuances that wait for an operator since the store went back in time. */
import { type Fence, type FenceDecide, formatAmount, IssuanceId } from "@tallystick/protocol";
import type { Command } from "commander";
import { readSettings } from "../config.ts";
import type { Decided } from "../ledger/fences.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { openLedger } from "../open-ledger.ts";
import { alignColumns } from "./align.ts";
import { type DecideOptions, decideThroughHub } from "./decide-through-hub.ts";

/** Adds the commands on fences to the program. */
export function addFenceCommands(program: Command): void {
  const fences = program
    .command("fences")
    .description("see and decide issuances of which the store has lost what terminals were told");
  fences
    .command("list")
    .option("--json", "print JSON lines")
    .option("--party <party>", "only what this party has shown, or takes part in")
    .action((options: ListOptions) => withLedger((ledger) => list(ledger, options)));
  fences
    .command("resume <issuance>")
    .description("let it go on from what the store has")
    .option("--url <url>", HUB_URL)
    .option("--token <token>", OPERATORS_TOKEN)
    .action((id: string, options: DecideOptions) => decide(id, { decision: "resume" }, options));
  fences
    .command("cancel <issuance>")
    .description("end it without a voucher")
    .option("--reason <text>", "told to both sides")
    .option("--url <url>", HUB_URL)
    .option("--token <token>", OPERATORS_TOKEN)
    .action((id: string, { reason, ...options }: DecideOptions & { reason?: string }) =>
      decide(id, { decision: "cancel", ...(reason !== undefined && { reason }) }, options),
    );
}

const HUB_URL = "the hub that tells both sides (default: this machine, at PORT)";
const OPERATORS_TOKEN = "an operator's token; otherwise one is signed with the hub's own secret";

async function withLedger(act: (ledger: Ledger) => Promise<void>): Promise<void> {
  const book = await openLedger(readSettings(process.env), (line) => console.error(line));
  try {
    await act(book.ledger);
  } finally {
    await book.close();
  }
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
  if (unread > 0) {
    console.error(`${unread} partitions could not be read: there may be more.`);
    process.exitCode = 1;
  } else if (isEmpty && !json) console.log("Nothing is fenced.");
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

/** The running hub decides, since it tells both sides at once; where none runs, this process does, in the book. */
async function decide(issuanceId: string, decision: FenceDecide, options: DecideOptions): Promise<void> {
  if (!IssuanceId.safeParse(issuanceId).success)
    throw new Error(`${issuanceId} is not the id of an issuance`);
  const answer = await decideThroughHub(issuanceId, decision, options);
  if (answer.kind === "no_hub") {
    console.error(`${answer.why}: decided in the book; terminals hear of it when they next sync.`);
    await withLedger(async (ledger) => print(issuanceId, await ledger.fences.decide(issuanceId, decision)));
  } else print(issuanceId, answer);
}

function print(issuanceId: string, decided: Decided): void {
  if (decided.kind === "done") {
    console.log(`${issuanceId} is ${decided.snapshot.state}, version ${decided.snapshot.version}.`);
    return;
  }
  if (decided.kind === "missing") {
    console.log(`${issuanceId} is missing from the store, and no longer listed.`);
    return;
  }
  if (decided.code === "not_found") throw new Error(`there is no issuance ${issuanceId}`);
  throw new Error(
    `${issuanceId} is ${decided.state}: it is not fenced, or it has ended and can only be resumed`,
  );
}
