/** `tallystick vouchers …`: what operators see of vouchers, and how they end one. */
import {
  formatAmount,
  hasVoucherEnded,
  Reference,
  Text,
  VOUCHER_ROLES,
  VOUCHER_STATES,
  VoucherId,
  type VoucherPageQuery,
  type VoucherRole,
  VoucherSnapshot,
  type VoucherState,
  type VoucherVoid,
} from "@tallystick/protocol";
import { type Command, Option } from "commander";
import type { History } from "../history/history.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RetiredVouchers } from "../vouchers/retired-vouchers.ts";
import { alignColumns } from "./align.ts";
import { isOutputClosed } from "./closed-output.ts";
import { type Decided, type DecideOptions, decide, withHubOptions } from "./decide.ts";
import { money, time } from "./event-details.ts";
import { OPERATOR } from "./history.ts";
import { partyOption, readAs } from "./parsed-by.ts";
import { showVoucher } from "./show.ts";
import { voucherPages } from "./voucher-pages.ts";
import { isThereAnArchive, withHistory } from "./with-history.ts";
import { withLedger } from "./with-ledger.ts";

/** Adds the commands on vouchers to the program. */
export function addVoucherCommands(program: Command): void {
  const vouchers = program.command("vouchers").description("see vouchers, and end one");
  vouchers
    .command("list")
    .description(
      "those that live, or those in one state, or with --all, --role or --search all that ever were",
    )
    .option("--json", "print JSON lines")
    .addOption(partyOption("only those that this party takes part in, newest first"))
    .addOption(new Option("--state <state>", "only those in this state").choices(VOUCHER_STATES))
    .addOption(
      new Option("--role <role>", "only those in which the party has this role").choices(VOUCHER_ROLES),
    )
    .option("--search <words>", "only those with all these words in memo or names, the last as a beginning")
    .option("--all", "also those that have ended, from the archive, newest first")
    .action(list);
  vouchers
    .command("show")
    .argument("<voucher>", "", readAs(VoucherId))
    .description("a voucher, its drawings and all its events")
    .option("--json", "print JSON")
    .action((id: string, options: { json?: boolean }) =>
      withLedger((ledger, _settings, archive) => showVoucher({ ledger, archive }, id, options)),
    );
  withHubOptions(
    vouchers
      .command("void")
      .argument("<voucher>", "", readAs(VoucherId))
      .description(
        "end a voucher: what remains is unfrozen, drawings that wait are refused, honoured ones settle",
      )
      .requiredOption("--reason <text>", "told to all parties", readAs(Text))
      .requiredOption(
        "--reference <text>",
        "makes it happen once, however often it is repeated",
        readAs(Reference),
      ),
  ).action((id: string, { reason, reference, ...options }: DecideOptions & VoucherVoid) =>
    voidVoucher(id, { reason, reference }, options),
  );
}

interface ListOptions {
  json?: boolean;
  party?: string;
  state?: VoucherState;
  role?: VoucherRole;
  search?: string;
  all?: boolean;
}

/** How many are asked of the archive at once. */
const PAGE = 200;

const HEADER = ["voucher", "issuer", "payer", "beneficiary", "amount", "honoured", "waits", "remains"];

/** What lives is read from the store; what has ended, also once it has left the store, from the archive too. */
async function list(options: ListOptions): Promise<void> {
  const { role, search: q, all, party, state } = options;
  const print = printerOf(options);
  if (all || role !== undefined || q !== undefined)
    return withHistory(async (history) => {
      await print(archivedPages(history, { party, state, role, q }));
      print.end("is found");
    });
  const seen = new Set<string>();
  await withLedger((ledger) => print(voucherPages(ledger, { party, state }), seen));
  if (state !== undefined && hasVoucherEnded(state) && isThereAnArchive())
    await withHistory((history) => print(archivedPages(history, { party, state }), seen));
  print.end(state === undefined ? "lives" : `is ${state}`);
}

/** Prints pages as they come, under one head. What was seen before is passed over. */
function printerOf({ json = false }: ListOptions) {
  let isEmpty = true;
  const print = async (pages: AsyncIterable<VoucherSnapshot[]>, seen = new Set<string>()) => {
    for await (const page of pages) {
      const fresh = page.filter(({ voucherId }) => !seen.has(voucherId));
      for (const { voucherId } of fresh) seen.add(voucherId);
      if (isOutputClosed()) return;
      if (fresh.length === 0) continue;
      const header = isEmpty ? [[...HEADER, "state", "expires"]] : [];
      isEmpty = false;
      if (json) for (const voucher of fresh) console.log(JSON.stringify(voucher));
      else
        for (const line of alignColumns([...header, ...fresh.map(row)], { right: [4, 5, 6, 7] }))
          console.log(line);
    }
  };
  const end = (what: string) => {
    if (isEmpty && !json) console.log(`No voucher ${what}.`);
  };
  return Object.assign(print, { end });
}

async function* archivedPages(
  history: History,
  wanted: Pick<VoucherPageQuery, "party" | "state" | "role" | "q">,
): AsyncGenerator<VoucherSnapshot[]> {
  let after: string | undefined;
  do {
    const page = await history.findVouchers(OPERATOR, { ...wanted, after, limit: PAGE });
    yield page.found;
    after = page.next;
  } while (after !== undefined);
}

function row(voucher: VoucherSnapshot): string[] {
  const { voucherId, issuer, payer, beneficiary, currency, state, expiresAt } = voucher;
  const sums = [voucher.honoured, voucher.pending, voucher.remaining];
  return [
    voucherId,
    issuer,
    payer,
    beneficiary,
    money(voucher.amount, currency),
    ...sums.map((sum) => formatAmount(sum, currency)),
    state,
    time(expiresAt),
  ];
}

async function voidVoucher(id: string, body: VoucherVoid, options: DecideOptions): Promise<void> {
  const decided = await decide<VoucherSnapshot>(
    {
      path: `/v1/vouchers/${id}/void`,
      body,
      read: (answer) => VoucherSnapshot.parse(answer),
      inBook: async (ledger, archive) => {
        const done = await voidInBook(ledger, id, body);
        if (done.kind !== "refused" || done.code !== "not_found") return done;
        return retiredAs(await new RetiredVouchers(archive).void(id, body)) ?? done;
      },
    },
    options,
  );
  if (decided.kind === "done") {
    const { state, version, released, currency } = decided.value;
    console.log(`${id} is ${state}, version ${version}: ${money(released, currency)} of it were not drawn.`);
    return;
  }
  switch (decided.code) {
    case "not_found":
      throw new Error(`there is no voucher ${id}`);
    case "wrong_state":
      throw new Error(
        `${id} is ${decided.details?.state}: only a voucher that is issued or accepted can be voided`,
      );
    case "conflict":
      throw new Error(`the reference ${body.reference} was used with another reason`);
    default:
      throw new Error(`${id} is fenced: decide first with tallystick fences resume ${id}`);
  }
}

/** What time has brought about comes first, as with a hub. */
async function voidInBook(
  { vouchers, voucherIndex }: Ledger,
  id: string,
  body: VoucherVoid,
): Promise<Decided<VoucherSnapshot>> {
  for (;;) {
    const outcome = await vouchers.void(id, body);
    if (outcome.kind === "refused") return outcome;
    if (outcome.kind === "done") {
      voucherIndex.noteEnded(outcome.snapshot.voucherId);
      await voucherIndex.moveEnded();
      return { kind: "done", value: outcome.snapshot };
    }
    await vouchers.advance(id);
  }
}

/** What a voucher that has left the store is answered. */
function retiredAs(
  outcome: Awaited<ReturnType<RetiredVouchers["void"]>>,
): Decided<VoucherSnapshot> | undefined {
  return outcome?.kind === "done" ? { kind: "done", value: outcome.snapshot } : outcome;
}
