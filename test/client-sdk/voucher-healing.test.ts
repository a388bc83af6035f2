// Messages about vouchers get lost, come twice or too late, and hubs and stores fail; all three are told each event once.
import { setTimeout as sleep } from "node:timers/promises";
import type { TallystickError, Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { OFFER, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { addPayee, balanceOf, issue, issueToAll, NEVER_MS, PAYEE } from "../helpers/sdk-voucher-scene.ts";
import { acknowledgementOf, type Choice, sent, startWire, type Wire } from "../helpers/sdk-wire.ts";

const healing = suite("healing of vouchers");
let scene: Scene;
let wire: Wire;
healing.before(async () => {
  scene = await startScene();
  await addPayee(scene);
});
healing.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
healing.after.each(async () => {
  await scene.leave();
  await wire.close();
});
healing.after(() => scene.close());

type All = { issuer: Terminal; payer: Terminal; beneficiary: Terminal };

/** Three terminals, one of them on the wire. */
async function terminals(onWire: keyof All, resyncIntervalMs = NEVER_MS): Promise<All> {
  const at = (role: keyof All, party: string) =>
    scene.terminal(party, role === onWire ? { url: wire.url, resyncIntervalMs } : {});
  return {
    issuer: await at("issuer", "globex"),
    payer: await at("payer", "acme"),
    beneficiary: await at("beneficiary", "nordlicht"),
  };
}

/** Chooses an event of a voucher on its way to the terminal. */
const eventOfType =
  (type: string): Choice =>
  (text, to) =>
    to === "terminal" && text.startsWith('42["voucher:event"') && text.includes(`"type":"${type}"`);

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = performance.now() + 60_000;
  while (!(await holds())) {
    assert.ok(performance.now() < patience, "it does not come");
    await sleep(10);
  }
}

healing(
  "a lost event leaves a gap, which a sync fills in order; one that comes twice is told once",
  async () => {
    const { issuer, beneficiary } = await issueToAll(await terminals("issuer"));
    const heard: string[] = [];
    issuer.on(({ version, type }) => heard.push(`${version} ${type}`));
    const lost = wire.lose(eventOfType("voucher.accepted"));
    await beneficiary.accept();
    await lost;
    assert.equal(heard, []);
    const repeated = wire.repeat(eventOfType("voucher.released"));
    await beneficiary.release(1);
    await repeated;
    await until(() => heard.length >= 2);
    await issuer.sync();
    assert.equal(heard, ["2 voucher.accepted", "3 voucher.released"]);
  },
);

healing("a lost event that none follows is found by a resync", async () => {
  const { issuer, beneficiary } = await issueToAll(await terminals("issuer", 100));
  const lost = wire.lose(eventOfType("voucher.accepted"));
  await beneficiary.accept();
  await lost;
  await issuer.until("accepted", { timeoutMs: 60_000 });
});

healing("a voucher of which its beneficiary was not told is found by asking", async () => {
  const { issuer, payer, beneficiary } = await terminals("beneficiary", 200);
  const taken: string[] = [];
  beneficiary.onVoucher(({ id }) => void taken.push(id));
  const lost = wire.lose(eventOfType("voucher.issued"));
  const [issued] = await issue(issuer, payer);
  await lost;
  await until(() => taken.includes(issued.id));
  await sleep(500);
  assert.is(taken.filter((id) => id === issued.id).length, 1);
});

healing("a drawing of which its approver was not told is found by asking, and handed out once", async () => {
  const all = await terminals("payer", 200);
  const { beneficiary } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const shown: string[] = [];
  all.payer.onDrawing(({ id, voucherId }) => {
    if (voucherId === beneficiary.id) shown.push(id);
  });
  const lost = wire.lose(eventOfType("drawing.presented"));
  const drawing = await beneficiary.draw({ amount: 1, to: PAYEE });
  await lost;
  await until(() => shown.length > 0);
  wire.cut();
  await until(() => all.payer.connected);
  await sleep(500);
  assert.equal(shown, [drawing.id]);
});

healing("what happened while the line was down is told when it is back", async () => {
  const all = await terminals("beneficiary");
  const { issuer, payer, beneficiary } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const drawing = await beneficiary.draw({ amount: 3, to: PAYEE, final: true });
  const heard: string[] = [];
  beneficiary.on(({ type }) => heard.push(type));
  await until(() => payer.drawings.length > 0);
  wire.shut();
  wire.cut();
  await payer.drawings[0]?.approve();
  await issuer.until("honoured");
  wire.open();
  await drawing.settled();
  assert.equal(heard, ["drawing.honoured", "drawing.settled"]);
});

healing("a drawing whose answer is lost is repeated word for word, and drawn once", async () => {
  const { beneficiary } = await issueToAll(await terminals("beneficiary"));
  const before = (await balanceOf(scene, "nordlicht", PAYEE.number)) ?? 0;
  const lost = wire.lose(acknowledgementOf("drawing.honoured"));
  const drawing = beneficiary.draw({ amount: 11, to: PAYEE });
  await lost;
  wire.cut();
  assert.is((await (await drawing).settled()).amount, 11);
  const repeats = sent(wire, "voucher:draw");
  assert.ok(repeats.length > 1);
  assert.equal(new Set(repeats.map((payload) => JSON.stringify(payload))).size, 1);
  assert.is(beneficiary.snapshot.honoured, 11);
  assert.is(await balanceOf(scene, "nordlicht", PAYEE.number), before + 11);
});

healing("a time-out leaves the money unknown, and its commandId tells later what became of it", async () => {
  const { beneficiary } = await issueToAll(await terminals("beneficiary"));
  void wire.lose(acknowledgementOf("drawing.honoured"), 100);
  const error = await rejection<TallystickError>(
    beneficiary.draw({ amount: 12, to: PAYEE }, { timeoutMs: 300 }),
  );
  assert.equal([error.code, error.money, error.retry], ["timeout", "unknown", "same"]);
  wire.cut();
  const again = await scene.terminal("nordlicht");
  const voucher = await again.voucher(beneficiary.id);
  assert.ok(voucher.role === "beneficiary" && error.commandId);
  const drawing = await voucher.draw({ amount: 12, to: PAYEE }, { commandId: error.commandId });
  await drawing.settled();
  assert.is(voucher.snapshot.honoured, 12);
});

healing("every command says the newest event that was seen, and may be bound to a version", async () => {
  const { beneficiary } = await issueToAll(await terminals("beneficiary"));
  await beneficiary.accept();
  await beneficiary.release(1);
  const seen = [...sent(wire, "voucher:accept"), ...sent(wire, "voucher:release")].map(
    (payload) => (payload as { seen?: { version: number } }).seen?.version,
  );
  assert.equal(seen, [1, 2]);
  const stale = await rejection<TallystickError>(beneficiary.release(1, { ifVersion: 2 }));
  assert.equal([stale.code, stale.details], ["conflict", { version: 3 }]);
});

healing("a hub that comes back brings all three up to date, and what was asked goes on", async () => {
  const own = await startScene();
  await addPayee(own);
  const [issuer, payer, beneficiary] = (await Promise.all(
    ["globex", "acme", "nordlicht"].map((party) => own.terminal(party)),
  )) as [Terminal, Terminal, Terminal];
  const sides = await issueToAll({ issuer, payer, beneficiary });
  const restarting = own.hub.restart();
  const drawing = await sides.beneficiary.draw({ to: PAYEE });
  await restarting;
  await drawing.settled();
  await Promise.all([sides.issuer.until("honoured"), sides.payer.until("honoured")]);
  assert.is(await balanceOf(own, "nordlicht", PAYEE.number), OFFER.amount);
  await own.close();
});

healing("a store that went back is noticed: commands are refused, and whoever waits is told", async () => {
  const redis = await startRedis();
  const own = await startScene({ redisUrl: redis.url });
  await addPayee(own);
  const [issuer, payer, beneficiary] = (await Promise.all(
    ["globex", "acme", "nordlicht"].map((party) => own.terminal(party)),
  )) as [Terminal, Terminal, Terminal];
  const sides = await issueToAll({ issuer, payer, beneficiary });
  const rewind = await rememberStore(redis.client());
  await sides.beneficiary.accept();
  await sides.issuer.until("accepted");
  const waiting = rejection<TallystickError>(sides.issuer.until("honoured"));
  await rewind();
  const refused = await rejection<TallystickError>(sides.beneficiary.draw({ amount: 1, to: PAYEE }));
  assert.equal([refused.code, refused.money], ["rolled_back", "untouched"]);
  assert.is((await rejection<TallystickError>(sides.issuer.sync())).code, "rolled_back");
  assert.is((await waiting).code, "rolled_back");
  await own.close();
  await redis.stop();
});

healing("a voucher that had ended is shown to the hub after a reconnect, and its loss is told", async () => {
  const redis = await startRedis();
  const own = await startScene({ redisUrl: redis.url });
  await addPayee(own);
  const line = await startWire(own.hub.url);
  const [issuer, payer, beneficiary] = [
    await own.terminal("globex"),
    await own.terminal("acme"),
    await own.terminal("nordlicht", { url: line.url, resyncIntervalMs: NEVER_MS }),
  ];
  const sides = await issueToAll({ issuer, payer, beneficiary });
  const rewind = await rememberStore(redis.client());
  await sides.beneficiary.release();
  await rewind();
  line.cut();
  await until(() => own.errors.length > 0);
  const [shown] = sent(line, "issuance:check") as unknown as { known: { id: string; version: number }[] }[];
  assert.equal(
    shown?.known.map(({ id, version }) => [id, version]),
    [[sides.beneficiary.id, 2]],
  );
  const [error] = own.errors as TallystickError[];
  assert.equal([error?.code, error?.details], ["rolled_back", { voucherId: sides.beneficiary.id }]);
  await own.close();
  await line.close();
  await redis.stop();
});

healing.run();
