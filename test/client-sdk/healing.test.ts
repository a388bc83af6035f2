// Messages get lost, come twice, or come while nobody is there; a terminal is told each event once all the same.
import { setTimeout } from "node:timers/promises";
import { type Issuance, isTallystickError, type TallystickError } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCOUNT, OFFER, open, propose, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { eventOfType, sent, startWire, type Wire } from "../helpers/sdk-wire.ts";

const healing = suite("healing");
let scene: Scene;
let wire: Wire;
healing.before(async () => {
  scene = await startScene();
});
healing.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
healing.after.each(async () => {
  await scene.leave();
  await wire.close();
});
healing.after(() => scene.close());

const NEVER_MS = 600_000;

/** An issuer on the wire, and a payer on a good line. */
const parties = (resyncIntervalMs = NEVER_MS) =>
  Promise.all([scene.terminal("globex", { url: wire.url, resyncIntervalMs }), scene.terminal("acme")]);

function heardBy(issuance: Issuance): string[] {
  const heard: string[] = [];
  issuance.on((event) => heard.push(`${event.version} ${event.type}`));
  return heard;
}

healing("a lost event leaves a gap, which a sync fills in order", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  const heard = heardBy(issuer);
  const lost = wire.lose(eventOfType("payer.agreed"));
  await payer.agree();
  await lost;
  assert.equal(heard, []);
  await payer.cancel();
  await issuer.until("cancelled");
  assert.equal(heard, ["2 payer.agreed", "3 issuance.cancelled"]);
});

healing("an answer that comes after a gap has the events before it told first", async () => {
  const [issuer, payer] = await open(...(await parties()));
  const heard = heardBy(issuer);
  const lost = wire.lose(eventOfType("account.verified"));
  await payer.submitAccount(ACCOUNT);
  await lost;
  await issuer.changeAccount();
  assert.equal(heard, ["4 account.verified", "5 account.change_agreed"]);
});

healing("a lost event that none follows is found by a resync", async () => {
  const [issuer, payer] = await propose(...(await parties(300)));
  const lost = wire.lose(eventOfType("payer.agreed"));
  await payer.agree();
  await lost;
  assert.is((await issuer.until("agreed")).version, 2);
});

healing("a lost event is found when the hub says that it may have missed something", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  const lost = wire.lose(eventOfType("payer.agreed"));
  await payer.agree();
  await lost;
  wire.say('42["session:resync",{}]');
  assert.is((await issuer.until("agreed")).version, 2);
});

healing("a deadline that passes unheard is found soon after", async () => {
  const issuer = await scene.terminal("globex", { url: wire.url, resyncIntervalMs: 30_000 });
  void wire.lose(eventOfType("issuance.expired"), 10);
  const issuance = await issuer.requestPayer({ ...OFFER, respondWithin: 1 });
  const error = await rejection<TallystickError>(issuance.until("agreed", { timeoutMs: 60_000 }));
  assert.is(error.code, "ended");
  assert.is(error.state, "expired");
});

healing("an event that comes twice is told once", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  const heard = heardBy(issuer);
  const repeated = wire.repeat(eventOfType("payer.agreed"));
  await payer.agree();
  await repeated;
  await issuer.open();
  assert.equal(heard, ["2 payer.agreed", "3 issuance.opened"]);
});

healing("what happened while the line was down is told when it is back", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  const heard = heardBy(issuer);
  wire.shut();
  wire.cut();
  await payer.agree();
  await payer.cancel("took too long");
  wire.open();
  await issuer.until("cancelled");
  assert.equal(heard, ["2 payer.agreed", "3 issuance.cancelled"]);
});

healing("after a new connection events come live again", async () => {
  const [issuer, payer] = await open(...(await parties()));
  const back = new Promise<void>((resolve) => {
    wire.cut();
    const timer = setInterval(() => {
      if (sent(wire, "issuance:sync").length === 0) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  await back;
  await issuer.sync();
  const syncs = sent(wire, "issuance:sync").length;
  await payer.submitAccount(ACCOUNT);
  await issuer.until("verified");
  assert.is(sent(wire, "issuance:sync").length, syncs, "nobody had to ask");
});

healing("a hub that comes back brings its terminals up to date", async () => {
  const own = await startScene();
  const [issuer, payer] = await propose(await own.terminal("globex"), await own.terminal("acme"));
  await own.hub.restart();
  await payer.agree();
  await issuer.until("agreed");
  await issuer.open();
  await payer.until("opened");
  await own.close();
});

healing("another terminal of the payer hears of all that follows on the answer of the first", async () => {
  const other = await scene.terminal("acme", { resyncIntervalMs: NEVER_MS });
  const invited = new Promise<Issuance>((resolve) => other.onRequest(resolve));
  const [issuer, payer] = await propose(...(await parties()));
  const watching = await invited;
  const heard = heardBy(watching);
  await payer.agree();
  await issuer.until("agreed");
  await issuer.open();
  await watching.until("opened");
  await payer.submitAccount(ACCOUNT);
  await issuer.until("verified");
  await issuer.accept();
  await watching.until("issued");
  assert.equal(heard, ["2 payer.agreed", "3 issuance.opened", "4 account.verified", "5 voucher.issued"]);
});

healing("what has ended is no longer asked for", async () => {
  const [issuer] = await propose(...(await parties(60)));
  await issuer.cancel();
  const syncs = sent(wire, "issuance:sync").length;
  await setTimeout(300);
  assert.is(sent(wire, "issuance:sync").length, syncs);
});

healing("whoever waits is told when the hub no longer knows the issuance", async () => {
  const [issuer] = await propose(...(await parties(200)));
  const waiting = rejection(issuer.until("agreed"));
  // The hub's answers to syncs are exchanged for that.
  const refusal = { ok: false, error: { code: "not_found", message: "There is no such thing." } };
  void wire.lose((text, to) => {
    const id = /^42(\d+)\["issuance:sync"/.exec(text)?.[1];
    if (to !== "hub" || id === undefined) return false;
    wire.say(`43${id}[${JSON.stringify(refusal)}]`);
    return true;
  });
  assert.ok(isTallystickError(await waiting, "not_found"));
});

healing("a terminal that waits for its next try makes it when it is told to", async () => {
  const socket = { reconnectionDelay: NEVER_MS, reconnectionDelayMax: NEVER_MS, randomizationFactor: 0 };
  const issuer = await scene.terminal("globex", { url: wire.url, socket });
  const on = (event: "connected" | "disconnected") =>
    new Promise<void>((resolve) => {
      const stop = issuer.on(event, () => {
        stop();
        resolve();
      });
    });
  issuer.reconnect();
  assert.ok(issuer.connected, "what is connected stays so");
  const lost = on("disconnected");
  wire.cut();
  await lost;
  const back = on("connected");
  issuer.reconnect();
  await back;
  await issuer.requestPayer({ ...OFFER });
  await issuer.close();
  issuer.reconnect();
  assert.not(issuer.connected);
});

healing.run();
