/** A terminal's commands are bound to what it was shown, and what it knew of issuances that ended is not forgotten. */
import type { IssuerIssuance, PayerIssuance, TallystickError, Terminal } from "@tallystick/client";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import {
  ACCOUNT,
  nextInvitation,
  OFFER,
  open,
  rejection,
  type Scene,
  startScene,
} from "../helpers/sdk-scene.ts";
import {
  acknowledgementOf,
  commandNamed,
  eventOfType,
  sent,
  startWire,
  type Wire,
} from "../helpers/sdk-wire.ts";

const seen = suite("what a terminal has seen");

const OTHER = { number: "6222020200445566", holder: ACCOUNT.holder };
/** Shorter than any other hub's, so that it is over soon. */
const RETENTION_S = 60;
let redis: TestRedis;
let client: Redis;
let scene: Scene;
let wire: Wire;
seen.before(async () => {
  redis = await startRedis();
  client = redis.client();
  scene = await startScene({ redisUrl: redis.url, settings: { RETENTION: String(RETENTION_S) } });
  const funds = { holder: OTHER.holder, kind: "funds", currency: "CNY", balance: 100_000_000_00 } as const;
  await scene.hub.putAccount("acme", OTHER.number, funds);
});
seen.before.each(async () => {
  wire = await startWire(scene.hub.url);
  scene.errors.length = 0;
  for (const { issuanceId = "" } of await fences())
    await scene.hub.running.ledger.fences.decide(issuanceId, { decision: "resume" });
});
seen.after.each(async () => {
  await scene.leave();
  await wire.close();
});
seen.after(async () => {
  await scene.close();
  await redis.stop();
});

const fences = async () => (await scene.hub.running.ledger.fences.list({ limit: 100 })).fences;
const fenceOf = async (id: string) => (await fences()).find(({ issuanceId }) => issuanceId === id);
const frozenIn = async ({ number }: { number: string }) =>
  (await scene.hub.running.accounts.get({ party: "acme", number }))?.frozen;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < patience, "it does not come");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Terminals = [issuer: Terminal, payer: Terminal];

/** An issuer on the wire, and a payer. */
async function connectBoth(): Promise<Terminals> {
  const issuer = await scene.terminal("shop", { url: wire.url, resyncIntervalMs: 600_000 });
  return [issuer, await scene.terminal("acme", { resyncIntervalMs: 600_000 })];
}

/** An issuance under the review `every` whose first account is verified. */
async function verified(
  given?: Terminals,
): Promise<{ terminals: Terminals; sides: [IssuerIssuance, PayerIssuance] }> {
  const terminals = given ?? (await connectBoth());
  const [issuer, payer] = terminals;
  const invited = nextInvitation(payer);
  const asIssuer = await issuer.requestPayer({ ...OFFER, review: "every" });
  const asPayer = await invited;
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  return { terminals, sides: [asIssuer, asPayer] };
}

seen("A1: accept() as the master dies does not land on the account that the issuer had refused", async () => {
  const { sides } = await verified();
  const [asIssuer, asPayer] = sides;
  const rewind = await rememberStore(client);
  await asIssuer.changeAccount("another, please");
  await asPayer.until("changing");
  await asPayer.submitAccount(OTHER);
  await asIssuer.until("verified");
  assert.is(asIssuer.snapshot.version, 6);
  // The hub goes away with the acceptance on its way, and comes back on a store that has less.
  wire.shut();
  wire.cut();
  const from = wire.messages.length;
  const accepting = rejection<TallystickError>(asIssuer.accept());
  await rewind();
  wire.open();
  assert.is((await accepting).code, "rolled_back");
  assert.equal([await frozenIn(ACCOUNT), await frozenIn(OTHER)], [0, 0]);
  assert.is((await fenceOf(asIssuer.id))?.version, 6);
  // It had been synced before.
  const order = wire.messages.slice(from).flatMap(({ to, text }) => {
    const name = /"(issuance:(?:sync|accept))"/.exec(text)?.[1];
    return to === "hub" && name ? [name] : [];
  });
  assert.equal(order.slice(0, 2), ["issuance:sync", "issuance:accept"]);
});

seen("A1: what was asked before a reconnect goes on only when its issuance has been synced", async () => {
  const { sides } = await verified();
  const [asIssuer] = sides;
  void wire.lose(acknowledgementOf("account.change_agreed"));
  const changing = asIssuer.changeAccount();
  await until(() => sent(wire, "account:change").length === 1);
  // The answer to the sync is held up, and so is the command.
  const held = wire.lose((text, to) => to === "terminal" && /^43\d+\[\{"ok":true,"issuance"/.test(text));
  wire.cut();
  await held;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.is(sent(wire, "account:change").length, 1);
  assert.is((await changing).state, "changing");
  const repeats = sent(wire, "account:change");
  assert.is(repeats.length, 2);
  assert.equal(repeats[0], repeats[1], "word for word");
});

seen("A7: accept() on a slow line does not take an account that was never shown", async () => {
  const { sides } = await verified();
  const [asIssuer, asPayer] = sides;
  const lost = [eventOfType("account.change_agreed"), eventOfType("account.verified")].map((choice) =>
    wire.lose(choice),
  );
  await asPayer.changeAccount();
  await asPayer.submitAccount(OTHER);
  await Promise.all(lost);
  const error = await rejection<TallystickError>(asIssuer.accept());
  assert.is(error.code, "conflict");
  assert.equal(error.details, { version: 6 });
  assert.equal([await frozenIn(ACCOUNT), await frozenIn(OTHER)], [0, 0]);
  // Now it was shown, and the caller decides again.
  assert.is(error.issuance?.account?.last4, "5566");
  assert.is((await asIssuer.accept()).account?.last4, "5566");
});

seen("every command says the newest event that was seen", async () => {
  const { sides } = await verified();
  await sides[0].changeAccount();
  await sides[0].cancel();
  const names = ["issuance:open", "account:change", "issuance:cancel"];
  const said = names.map((name) => (sent(wire, name)[0] as { seen?: { version: number } }).seen?.version);
  assert.equal(said, [2, 4, 5]);
});

/** Both sides were told that it is issued. */
async function issued(given?: Terminals): Promise<{ terminals: Terminals; id: string }> {
  const { terminals, sides } = await verified(given);
  await sides[0].accept();
  await sides[1].until("issued");
  return { terminals, id: sides[0].id };
}

for (const [side, index] of [
  ["issuer", 0],
  ["payer", 1],
] as const) {
  seen(`A2: the ${side} notices an issue that the store has lost, when its line comes back`, async () => {
    const { terminals, sides } = await verified();
    const rewind = await rememberStore(client);
    await sides[0].accept();
    await sides[1].until("issued");
    await terminals[1 - index]?.close();
    await rewind();
    await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until(async () => (await fenceOf(sides[0].id)) !== undefined);
    const fence = await fenceOf(sides[0].id);
    assert.equal([fence?.by, fence?.issuance?.state], [side, "verified"]);
    await until(() => scene.errors.length > 0);
    const [error] = scene.errors as TallystickError[];
    assert.equal([error?.code, error?.details], ["rolled_back", { issuanceId: sides[0].id }]);
    await scene.hub.running.ledger.fences.decide(sides[0].id, { decision: "cancel" });
  });
}

seen("A3: what is gone as a whole is listed as missing, also when it had ended", async () => {
  const rewind = await rememberStore(client);
  const { id, terminals } = await issued();
  const { sides } = await verified(terminals);
  await rewind();
  wire.cut();
  await until(async () => (await fenceOf(id)) !== undefined && (await fenceOf(sides[0].id)) !== undefined);
  for (const lost of [id, sides[0].id]) {
    assert.is((await fenceOf(lost))?.missing, true);
    await scene.hub.running.ledger.fences.decide(lost, { decision: "resume" });
  }
  assert.equal(await fences(), []);
});

/** The ids that were shown to the hub, each time. */
const shown = () =>
  sent(wire, "issuance:check").map((payload) =>
    (payload as unknown as { known: { id: string }[] }).known.map(({ id }) => id),
  );

/** Whether the hub has answered each of those. */
const areAnswered = () => {
  const ids = wire.messages.flatMap(({ to, text }) =>
    to === "hub" ? (/^42(\d+)\["issuance:check"/.exec(text)?.[1] ?? []) : [],
  );
  return ids.every((id) =>
    wire.messages.some(({ to, text }) => to === "terminal" && text.startsWith(`43${id}[`)),
  );
};

seen("what ended without a voucher is not missed once the hub has let go of it", async () => {
  const { sides, terminals } = await verified();
  await sides[0].cancel();
  await sides[1].until("cancelled");
  const { id } = await issued(terminals);
  wire.cut();
  await until(() => shown().length > 0 && areAnswered());
  // The newest comes first.
  assert.equal(shown()[0], [id, sides[0].id]);
  // The store has let go of it; the hub's clock says so to the terminal.
  await client.del((await client.keys(`*:issuance:${sides[0].id}`))[0] as string);
  const before = shown().length;
  wire.clockAheadMs = RETENTION_S * 1000;
  wire.cut();
  await until(() => shown().length > before && areAnswered());
  assert.equal(shown()[before], [id]);
  assert.equal(await fences(), []);
  assert.equal(scene.errors, []);
});

seen("what was shown and not answered is not shown again once the hub may have let go of it", async () => {
  const { sides, terminals } = await verified();
  await sides[0].cancel();
  await sides[1].until("cancelled");
  const { id } = await issued(terminals);
  void wire.lose(commandNamed("issuance:check"), 1000);
  wire.cut();
  await until(() => shown().length > 0);
  assert.equal(shown()[0], [id, sides[0].id]);
  wire.shut();
  wire.cut();
  const before = shown().length;
  wire.clockAheadMs = RETENTION_S * 1000;
  wire.open();
  await until(() => shown().length > before);
  // By then all that goes out with the new connection has gone.
  await terminals[0].openIssuances().next();
  const after = shown().slice(before);
  assert.equal(
    after,
    after.map(() => [id]),
  );
});

seen(
  "an issuance is not missed that may have ended, and been let go of, while the terminal was away",
  async () => {
    const { sides } = await verified();
    wire.shut();
    wire.cut();
    await sides[1].cancel();
    await client.del((await client.keys(`*:issuance:${sides[0].id}`))[0] as string);
    wire.clockAheadMs = RETENTION_S * 1000;
    const waiting = rejection<TallystickError>(sides[0].until("issued"));
    wire.open();
    assert.is((await waiting).code, "not_found");
    assert.equal(await fences(), []);
  },
);

seen(
  "the same where it could not be synced meanwhile: what failed tells nothing of what the hub has",
  async () => {
    const { sides, terminals } = await verified();
    const anew = await scene.terminal("shop", {
      url: wire.url,
      commandTimeoutMs: 200,
      resyncIntervalMs: 600_000,
    });
    await terminals[0].close();
    const issuance = await anew.issuance(sides[0].id);
    const unanswered = wire.lose(commandNamed("issuance:sync"));
    wire.clockAheadMs = 0.5 * RETENTION_S * 1000;
    wire.cut();
    await unanswered;
    // Behind the sync, over the same connection, and for as long.
    await rejection(issuance.sync({ timeoutMs: 400 }));
    wire.shut();
    wire.cut();
    await sides[1].cancel();
    await client.del((await client.keys(`*:issuance:${issuance.id}`))[0] as string);
    wire.clockAheadMs = RETENTION_S * 1000;
    const waiting = rejection<TallystickError>(issuance.until("issued"));
    wire.open();
    assert.is((await waiting).code, "not_found");
    assert.equal(await fences(), []);
    assert.equal(scene.errors, []);
  },
);

seen("a hundred are shown at a time, and those that were told are not told again", async () => {
  const rewind = await rememberStore(client);
  const issuer = await scene.terminal("shop", { url: wire.url });
  const ids: string[] = [];
  for (let index = 0; index < 130; index++) {
    const issuance = await issuer.requestPayer({ ...OFFER, payer: "nobody-answers" });
    await issuance.cancel();
    ids.push(issuance.id);
  }
  await rewind();
  wire.cut();
  await until(() => scene.errors.length === 130);
  const sizes = sent(wire, "issuance:check").map(
    (payload) => (payload as unknown as { known: object[] }).known.length,
  );
  assert.equal(sizes, [100, 30]);
  const told = (scene.errors as TallystickError[]).map(({ details }) => details?.issuanceId);
  assert.equal(told, ids.toReversed());
  wire.cut();
  await until(() => issuer.connected);
  await issuer.openIssuances().next();
  assert.is(sent(wire, "issuance:check").length, 2);
  assert.is((await fences()).length, 20, "as many as one party can have listed");
  for (const { issuanceId = "" } of await fences())
    await scene.hub.running.ledger.fences.decide(issuanceId, { decision: "resume" });
});

seen("the other side hears that an issuance is fenced, and may cancel it", async () => {
  const issuer = await scene.terminal("shop");
  const payer = await scene.terminal("acme");
  const [asIssuer, asPayer] = await open(issuer, payer);
  const { id } = asIssuer;
  const back = await rememberStore(client);
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  const fenced = new Promise<string>((resolve) => issuer.on("fenced", resolve));
  await back();
  await rejection(asPayer.sync());
  assert.is(await fenced, id);
  // It had seen what is lost, so it has to look at what there is first.
  assert.is((await rejection<TallystickError>(asIssuer.cancel("lost"))).code, "rolled_back");
  const anew = await issuer.issuance(id);
  assert.is((await anew.cancel("lost")).state, "cancelled");
});

seen.run();
