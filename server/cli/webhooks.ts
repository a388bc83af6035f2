/** `tallystick webhooks …`: the endpoints that events are sent to, in the archive, whether or not a hub is up. */
import {
  DELIVERY_STATES,
  type Delivery,
  DeliveryId,
  type DeliveryState,
  FEED_TYPES,
  type FeedType,
  type Webhook,
  WebhookId,
  WebhookPut,
} from "@tallystick/protocol";
import { type Command, Option } from "commander";
import { openExistingArchive } from "../archive/open-existing.ts";
import { archiveUrlOf } from "../archive-url.ts";
import { readSettings } from "../config.ts";
import { freshWriteId } from "../ledger/write-ids.ts";
import { localAuthor, type OpenedLedger, openLedger } from "../open-ledger.ts";
import { CALLS, type CallsWebhooks } from "../webhooks/calls.ts";
import { networkOf } from "../webhooks/find-address.ts";
import { type NotesActs, Webhooks, type WebhookWritten } from "../webhooks/webhooks.ts";
import { alignColumns } from "./align.ts";
import { isOutputClosed } from "./closed-output.ts";
import { time } from "./event-details.ts";
import { partyOption, readAs } from "./parsed-by.ts";

/** How many are read and aligned at once. */
const PAGE = 200;

/** Adds the commands on webhooks to the program. */
export function addWebhookCommands(program: Command): void {
  const webhooks = program.command("webhooks").description("send events to other systems");
  webhooks
    .command("list")
    .description("the endpoints that events are sent to, without their secrets")
    .option("--json", "print JSON lines")
    .action((options: { json?: boolean }) => withWebhooks((one) => list(one, options)));
  webhooks
    .command("put")
    .argument("<webhook>", "", readAs(WebhookId))
    .argument("<url>", "", readAs(WebhookPut.shape.url))
    .description("make an endpoint, whose secret is printed, or set it anew")
    .addOption(new Option("--types <type...>", "only events of these types").choices(FEED_TYPES))
    .addOption(partyOption("only this party's events, in its view"))
    .action((id: string, url: string, options: { types?: FeedType[]; party?: string }) =>
      withWebhooks(async (one) => print(doneOf(id, await one.put(id, { url, ...options })))),
    );
  webhooks
    .command("rotate")
    .argument("<webhook>", "", readAs(WebhookId))
    .description("give an endpoint another secret, which is printed; the one before signs as well for a day")
    .action((id: string) => withWebhooks(async (one) => print(doneOf(id, await one.rotate(id)))));
  webhooks
    .command("delete")
    .argument("<webhook>", "", readAs(WebhookId))
    .description("delete an endpoint, and what is on its way to it")
    .action((id: string) =>
      withWebhooks(async (one) => {
        doneOf(id, await one.delete(id));
        console.log(`${id} gets nothing more.`);
      }),
    );
  addDeliveryCommands(webhooks);
}

function addDeliveryCommands(webhooks: Command): void {
  webhooks
    .command("deliveries")
    .argument("<webhook>", "", readAs(WebhookId))
    .description("what is on its way to an endpoint, and what has arrived, the newest event first")
    .option("--json", "print JSON lines")
    .addOption(new Option("--state <state>", "only those in this state").choices(DELIVERY_STATES))
    .action((id: string, options: { json?: boolean; state?: DeliveryState }) =>
      withWebhooks((one) => listDeliveries(one, id, options)),
    );
  webhooks
    .command("again")
    .argument("<webhook>", "", readAs(WebhookId))
    .argument("<delivery>", "", readAs(DeliveryId))
    .description("send an event once more, whether it has arrived or not")
    .action((id: string, delivery: string) =>
      withWebhooks(async (one) => {
        const { type, subject } = doneOf(`${delivery} of ${id}`, await one.again(id, delivery));
        console.log(`${type} of ${subject} is sent again by the next hub that is up.`);
      }),
    );
}

async function withWebhooks(act: (webhooks: Webhooks) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env);
  const { database, close } = await openExistingArchive(archiveUrlOf(settings));
  const calls: CallsWebhooks = {
    call: (name, question) => CALLS[name](database, question as never) as never,
  };
  // Whoever only reads needs no store.
  let opened: Promise<OpenedLedger> | undefined;
  const acts: NotesActs = {
    freshId: () => freshWriteId(localAuthor()),
    note: async (act, writeId) => {
      opened ??= openLedger(settings, (line) => console.error(line));
      const { ledger, confirm } = await opened;
      await ledger.webhookActs.note(act, writeId);
      await confirm().catch((error: Error) => {
        throw new Error(
          `nothing was done: a failover may undo that the journal has it: ${error.message} (MIN_REPLICAS). Do the same again once replicas are back`,
          { cause: error },
        );
      });
    },
  };
  try {
    await act(new Webhooks(calls, networkOf(settings), acts));
  } finally {
    await close();
    await (await opened?.catch(() => undefined))?.close();
  }
}

function doneOf<T>(id: string, written: WebhookWritten<T>): T {
  if (written.kind === "done") return written.value;
  throw new Error(written.code === "not_found" ? `there is no ${id}` : written.message);
}

function print({ webhookId, url, secret, rotatedUntil }: Webhook): void {
  console.log(`${webhookId}: ${url}`);
  if (secret !== undefined) console.log(`Its secret, which is not shown again: ${secret}`);
  if (rotatedUntil !== undefined) console.log(`The secret before signs as well until ${time(rotatedUntil)}.`);
}

async function list(webhooks: Webhooks, { json = false }: { json?: boolean }): Promise<void> {
  const rows: Webhook[] = [];
  for (let after: string | undefined; ; ) {
    const page = await webhooks.list({ after, limit: PAGE });
    rows.push(...page.webhooks);
    after = page.next;
    if (after === undefined) break;
  }
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  else if (rows.length === 0) console.log("There is no endpoint.");
  else
    for (const line of alignColumns([
      ["webhook", "url", "of", "types", "stands"],
      ...rows.map((row) => [
        row.webhookId,
        row.url,
        row.party ?? "all",
        row.types?.join() ?? "all",
        standOf(row),
      ]),
    ]))
      console.log(line);
}

function standOf({ endedAt, failingSince }: Webhook): string {
  if (endedAt !== undefined) return `ended ${time(endedAt)}`;
  return failingSince === undefined ? "" : `failing since ${time(failingSince)}`;
}

async function listDeliveries(
  webhooks: Webhooks,
  id: string,
  { json = false, state }: { json?: boolean; state?: DeliveryState },
): Promise<void> {
  let isEmpty = true;
  for (let after: string | undefined; ; ) {
    const page = await webhooks.deliveries({ id, state, after, limit: PAGE });
    if (!page) throw new Error(`there is no ${id}`);
    if (isOutputClosed()) return;
    if (json) for (const one of page.deliveries) console.log(JSON.stringify(one));
    else if (page.deliveries.length > 0) {
      const rows = [...(isEmpty ? [HEADER] : []), ...page.deliveries.map(rowOf)];
      for (const line of alignColumns(rows, { right: [0, 3, 5] })) console.log(line);
    }
    isEmpty &&= page.deliveries.length === 0;
    after = page.next;
    if (after === undefined) break;
  }
  if (isEmpty && !json) console.log("There is no delivery.");
}

const HEADER = ["delivery", "event", "of", "version", "state", "attempts", "next or end", "why"];

function rowOf({
  deliveryId,
  type,
  subject,
  version,
  state,
  attempts,
  nextAt,
  endedAt,
  reason = "",
}: Delivery) {
  const at = nextAt ?? endedAt;
  const when = at === undefined ? "" : time(at);
  return [deliveryId, type, subject, String(version), state, String(attempts), when, reason];
}
