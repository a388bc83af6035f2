/** Two hubs on one store: what is done at one is told at the other, and rooms are left when it is over. */
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { roomOf } from "../../server/socket/rooms.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const hubs = suite("two hubs");

let redis: TestRedis;
let client: Redis;
let here: TestHub;
let there: TestHub;
hubs.before(async () => {
  redis = await startRedis();
  client = redis.client();
  here = await startHub({ redisUrl: redis.url });
  there = await startHub({ redisUrl: redis.url });
  await here.putAccount("payer", "1234567890", {
    kind: "funds",
    holder: "Payer",
    currency: "CNY",
    balance: 10_000,
  });
});
hubs.after(async () => {
  await here.close();
  await there.close();
  await redis.stop();
});

/** The channels over which hubs hear of rooms: there is one as long as a room has members somewhere. */
async function channels(): Promise<string[]> {
  return (await client.call("PUBSUB", "SHARDCHANNELS", "*")) as string[];
}

/** Waits until the store's channels are as they should be; the lines of hubs take their time. */
async function until(what: string, holds: (channels: string[]) => boolean): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (holds(await channels())) return;
    await setTimeout(10);
  }
  throw new Error(`never came to be: ${what}; channels are ${(await channels()).join(" ")}`);
}

const hasRoom = (issuanceId: string) => (all: string[]) =>
  all.some((channel) => channel.includes(roomOf(issuanceId)));

const offer = { payer: "payer", amount: 100, currency: "CNY" };

async function agree(issuer: RawTerminal, payer: RawTerminal): Promise<string> {
  const { issuance } = await issuer.accepted("payer:request", offer);
  await payer.told(issuance.issuanceId, "payer.requested");
  await payer.accepted("payer:agree", { issuanceId: issuance.issuanceId });
  return issuance.issuanceId;
}

hubs("an issuer at one and a payer at the other come to a voucher, each told live by its own", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const payer = await connectTerminal(there, "payer");
  const issuanceId = await agree(issuer, payer);
  await issuer.told(issuanceId, "payer.agreed");
  await issuer.accepted("issuance:open", { issuanceId });
  await payer.told(issuanceId, "issuance.opened");
  await payer.accepted("account:submit", { issuanceId, account: { number: "1234567890", holder: "Payer" } });
  await issuer.told(issuanceId, "account.verified");
  await issuer.accepted("issuance:accept", { issuanceId });
  await payer.told(issuanceId, "voucher.issued");
  const seen = [...issuer.events, ...payer.events].filter((event) => event.issuanceId === issuanceId);
  assert.equal(seen.map(({ version }) => version).sort(), [1, 2, 3, 4, 5]);
  issuer.close();
  payer.close();
});

hubs("a party whose inbox has a name as long as a socket's id is told at another hub too", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const payer = await connectTerminal(there, "fourteenletter");
  const { issuance } = await issuer.accepted("payer:request", { ...offer, payer: payer.party });
  await payer.told(issuance.issuanceId, "payer.requested");
  issuer.close();
  payer.close();
});

hubs(
  "what is told across hubs comes as it was written, and once to each terminal but the sender",
  async () => {
    const memo = '发票 – Invoice 🧾 "1184"';
    const issuer = await connectTerminal(here, "issuer");
    const colleague = await connectTerminal(here, "issuer");
    const payers = [await connectTerminal(here, "payer"), await connectTerminal(there, "payer")];
    const { event } = await issuer.accepted("payer:request", { ...offer, memo });
    const all = [issuer, colleague, ...payers];
    for (const terminal of [colleague, ...payers]) {
      assert.equal(await terminal.told(event.issuanceId, "payer.requested"), event);
    }
    for (const terminal of all) await terminal.settle();
    // What comes late comes with what is told later.
    await issuer.accepted("issuance:cancel", { issuanceId: event.issuanceId });
    for (const terminal of [colleague, ...payers])
      await terminal.told(event.issuanceId, "issuance.cancelled");
    for (const terminal of all) {
      const versions = terminal.events.filter(({ issuanceId }) => issuanceId === event.issuanceId);
      assert.is(versions.length, terminal === issuer ? 0 : 2);
      terminal.close();
    }
  },
);

hubs("what is no event is told to nobody, and harms no hub", async () => {
  const payer = await connectTerminal(there, "payer");
  const [inbox] = (await channels()).filter((channel) => channel.includes("party:payer"));
  for (const garbage of [
    "",
    "x",
    "somebody",
    "somebody{",
    "somebodynull",
    'somebody{"state":"issued"}',
    "somebody[]",
  ])
    await client.spublish(inbox as string, garbage);
  const issuer = await connectTerminal(here, "issuer");
  const { event } = await issuer.accepted("payer:request", offer);
  await payer.told(event.issuanceId, "payer.requested");
  assert.equal(payer.events, [event]);
  issuer.close();
  payer.close();
});

for (const [ending, end] of [
  ["accepted", undefined],
  ["cancelled", "issuance:cancel"],
] as const) {
  hubs(`when an issuance was ${ending}, its room is left by all, at both hubs`, async () => {
    const issuer = await connectTerminal(here, "issuer");
    const payer = await connectTerminal(there, "payer");
    const issuanceId = await agree(issuer, payer);
    await until("a room with members", hasRoom(issuanceId));
    await issuer.accepted("issuance:open", { issuanceId });
    if (end) await issuer.accepted(end, { issuanceId });
    else {
      const account = { number: "1234567890", holder: "Payer" };
      await payer.accepted("account:submit", { issuanceId, account });
      await issuer.accepted("issuance:accept", { issuanceId });
    }
    await until("a room without members", (all) => !hasRoom(issuanceId)(all));
    issuer.close();
    payer.close();
  });
}

hubs("when an invitation was declined, its room is left by all", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const payer = await connectTerminal(there, "payer");
  const { issuance } = await issuer.accepted("payer:request", offer);
  await until("a room with members", hasRoom(issuance.issuanceId));
  await payer.accepted("payer:decline", { issuanceId: issuance.issuanceId });
  await until("a room without members", (all) => !hasRoom(issuance.issuanceId)(all));
  issuer.close();
  payer.close();
});

hubs("nobody joins the room of an issuance that has ended, by a late repeat or a sync", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const payer = await connectTerminal(here, "payer");
  const request = { ...offer, commandId: freshId() };
  const { issuance } = await issuer.accepted("payer:request", request);
  const { issuanceId } = issuance;
  const agreement = { issuanceId, commandId: freshId() };
  await payer.accepted("payer:agree", agreement);
  await issuer.accepted("issuance:cancel", { issuanceId });
  await until("a room without members", (all) => !hasRoom(issuanceId)(all));
  await issuer.accepted("payer:request", request);
  await payer.accepted("payer:agree", agreement);
  await issuer.sync(issuanceId);
  // The hub's line keeps the order of what it subscribes to, so that a later inbox shows what came before.
  const latest = await connectTerminal(here, "latest");
  await until("a later inbox", (all) => all.some((channel) => channel.includes("party:latest")));
  assert.not.ok(hasRoom(issuanceId)(await channels()));
  for (const terminal of [issuer, payer, latest]) terminal.close();
});

hubs("a terminal that is gone leaves no room behind", async () => {
  const issuer = await connectTerminal(here, "short-lived");
  const { issuance } = await issuer.accepted("payer:request", offer);
  await until("a room with members", hasRoom(issuance.issuanceId));
  issuer.close();
  await until("no room, no inbox", (all) => {
    return (
      !hasRoom(issuance.issuanceId)(all) && !all.some((channel) => channel.includes("party:short-lived"))
    );
  });
});

hubs("the same command at both hubs at once has one effect and one answer", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const twin = await connectTerminal(there, "issuer");
  const payer = await connectTerminal(there, "payer");
  const issuanceId = await agree(issuer, payer);
  const payload = { issuanceId, commandId: freshId() };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? issuer : twin).command("issuance:open", payload)),
  );
  for (const answer of answers) assert.equal(answer, answers[0]);
  assert.ok(answers[0]?.ok && answers[0].issuance.version === 3);
  for (const terminal of [issuer, twin, payer]) terminal.close();
});

hubs.run();
