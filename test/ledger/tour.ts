/** Sends each command of the ledger and of the accounts once, where it is allowed. */
import type { CommandName, CommandPayloads } from "@tallystick/protocol";
import type { Accounts } from "../../server/ledger/accounts.ts";
import { partitionOfIssuance } from "../../server/ledger/keys.ts";
import type { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import type { Store } from "../../server/redis/connect.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { setDeadline } from "../helpers/set-deadline.ts";
import { tourVouchers } from "./voucher-tour.ts";

const issuer = { party: "tour-issuer" };
const payer = { party: "tour-payer" };
const account = { party: payer.party, number: "6222020200112233" };

/** What a stop of the tour was sent and answered. */
export type Stop = (name: string, run: () => Promise<unknown>) => Promise<unknown>;

/** Calls `stop` for each command, in an order in which all are accepted. */
export async function tour(
  { ledger, accounts, store }: { ledger: Ledger; accounts: Accounts; store: Store },
  stop: Stop,
): Promise<void> {
  await stop("put", () =>
    accounts.put(account, { kind: "funds", holder: "Payer", currency: "CNY", balance: 1_000_000 }),
  );
  await stop("status", () => accounts.setStatus(account, "active"));
  await stop("read account", () => accounts.get(account));
  await stop("adjust", () => accounts.adjust(account, { amount: 5, reference: "tour" }));

  const begin = () =>
    ledger.requestPayer(issuer, { commandId: freshId(), payer: payer.party, amount: 100, currency: "CNY" });
  const request = async () => idOf((await stop("payer:request", begin)) as Outcome);
  const send = <C extends Exclude<CommandName, "payer:request">>(
    command: C,
    issuanceId: string,
    more: object = {},
  ) => {
    const sender = PAYERS.has(command) ? payer : issuer;
    const payload = { commandId: freshId(), issuanceId, ...more } as CommandPayloads[C];
    return stop(command, () => ledger.execute(command, sender, payload));
  };
  const submission = { account: { number: account.number, holder: "Payer" } };

  const issued = await request();
  await send("payer:agree", issued);
  await send("issuance:open", issued);
  await send("account:submit", issued, submission);
  await send("account:change", issued, { reason: "a reason" });
  await send("account:keep", issued);
  await stop("read", () => ledger.read(issued, { party: payer.party, after: 0 }));
  await stop("list", () => ledger.openIssuances.list({ party: payer.party, limit: 10 }));
  await send("issuance:accept", issued);
  await send("payer:decline", await request());
  await send("issuance:cancel", await request());
  const unanswered = await request();
  await stop("expire early", () => ledger.expire(unanswered));
  await stop("walk", () => walkIndexes(ledger));
  await stop("look", () =>
    Promise.all(ledger.deadlines.groups.map((group) => ledger.deadlines.findDue(group))),
  );
  await stop("session", () => ledger.sessionLists.read("tour-stranger", { issuances: 10, vouchers: 10 }));
  await stop("count", () => ledger.census.step(() => undefined));
  await stop("due", () => ledger.deadlines.due(partitionOfIssuance(unanswered), { skip: 0, limit: 10 }));
  await setDeadline(store, unanswered, 1);
  await stop("expire", () => ledger.expire(unanswered));
  const behind = await request();
  const claim = { party: payer.party, version: 9 };
  await stop("fence", () => ledger.fences.fence(behind, claim));
  await stop("decide", () => ledger.fences.decide(behind, { decision: "resume" }));
  await stop("fence", () => ledger.fences.fence(behind, { ...claim, version: 10 }));
  await stop("decide", () => ledger.fences.decide(behind, { decision: "cancel", reason: "a reason" }));
  await stop("check", () =>
    ledger.fences.compare(issued, { party: payer.party, version: 1, digest: "0123456789ab" }),
  );
  const gone = `${ledger.partitionOf(payer.party)}-AAAAAAAAAAAAAAAA`;
  const lost = { party: payer.party, version: 5, digest: "0123456789ab" };
  await stop("missing", () => ledger.fences.noteMissing(gone, lost));
  await stop("decide", () => ledger.fences.decide(gone, { decision: "resume" }));
  await stop("claim", () => ledger.writeKeys.claim({ party: "tour-operator", key: "tour" }, "content"));
  const key = { x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", until: (await ledger.now()) + 3_600_000 };
  await stop("publish", () => ledger.publishedKeys.publish(key));
  await stop("keys", () => ledger.publishedKeys.list());
  await stop("revoke", () => ledger.revocations.revoke("tour-stranger"));
  await stop("revoked", () => ledger.revocations.until("tour-stranger"));
  await stop("revoked since", () => ledger.revocations.since(0));
  await stop("forget", () => ledger.forget("tour-stranger"));
  const act = { kind: "webhook.put", webhookId: "tour", asked: { url: "https://example.com" } } as const;
  await stop("webhook", () => ledger.webhookActs.note(act, "tour-webhook"));
  await stop("prune", () => ledger.openIssuances.pruneEnded());
  await tourVouchers({ ledger, accounts, store }, stop);
}

async function walkIndexes({ indexRepair, partitions }: Ledger): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    await indexRepair.step(partition, (error) => {
      throw error;
    });
  }
}

const PAYERS: ReadonlySet<CommandName> = new Set<CommandName>([
  "payer:agree",
  "payer:decline",
  "account:submit",
  "account:keep",
]);

function idOf(outcome: Outcome): string {
  if (outcome.kind === "done") return outcome.snapshot.issuanceId;
  throw new Error(`the request was refused: ${outcome.code}`);
}
