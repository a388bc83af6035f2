import { type IssuanceEvent, isTallystickError } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCOUNT, open, propose, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";

const events = suite("events of an issuance");
let scene: Scene;
events.before(async () => {
  scene = await startScene();
});
events.after.each(() => scene.leave());
events.after(() => scene.close());

const parties = () => Promise.all([scene.terminal("globex"), scene.terminal("acme")]);

async function all(iterable: AsyncIterable<IssuanceEvent>): Promise<string[]> {
  const told: string[] = [];
  for await (const event of iterable) told.push(`${event.version} ${event.type}`);
  return told;
}

const WHOLE = [
  "1 payer.requested",
  "2 payer.agreed",
  "3 issuance.opened",
  "4 account.verified",
  "5 voucher.issued",
];

events("come once, in order of version, until the last, to both sides and in both forms", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await propose(issuer, payer);
  const heard: string[] = [];
  asIssuer.on((event, snapshot) => {
    assert.is(snapshot.version, event.version);
    assert.is(asIssuer.snapshot, snapshot);
    heard.push(`${event.version} ${event.type}`);
  });
  const told = [all(asIssuer.events()), all(asPayer.events())];
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await asIssuer.accept();
  for (const one of [...(await Promise.all(told)), heard]) assert.equal(one, WHOLE.slice(1));
});

events("count from the call, not from the first step", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await propose(issuer, payer);
  const iterator = asPayer.events();
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.cancel();
  await asPayer.until("cancelled");
  assert.equal(await all(iterator), ["2 payer.agreed", "3 issuance.cancelled"]);
});

events("can be had from any version, also after the end and on another terminal", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await open(issuer, payer);
  const late = all(asIssuer.events({ from: 1 }));
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await asIssuer.cancel();
  const expected = [...WHOLE.slice(0, 4), "5 issuance.cancelled"];
  assert.equal(await late, expected);
  assert.equal(await all(asIssuer.events({ from: 4 })), expected.slice(3));
  assert.equal(await all(asIssuer.events()), [], "nothing comes after the end");
  const other = await scene.terminal("acme");
  assert.equal(await all((await other.issuance(asIssuer.id)).events({ from: 1 })), expected);
});

events("stop with their signal", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer] = await propose(issuer, payer);
  const stopping = new AbortController();
  const iterating = rejection(all(asIssuer.events({ signal: stopping.signal })));
  stopping.abort();
  assert.ok(isTallystickError(await iterating, "aborted"));
});

events("stop when the terminal is closed", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer] = await propose(issuer, payer);
  const iterating = rejection(all(asIssuer.events()));
  await issuer.close();
  assert.ok(isTallystickError(await iterating, "disconnected"));
});

events("a listener that throws is told of and stops nobody else; one taken away hears no more", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await propose(issuer, payer);
  const before = scene.errors.length;
  const heard: string[] = [];
  asIssuer.on(() => {
    throw new Error("the listener's own fault");
  });
  const stop = asIssuer.on((event) => heard.push(event.type));
  await asPayer.agree();
  await asIssuer.until("agreed");
  stop();
  await asIssuer.cancel();
  assert.equal(heard, ["payer.agreed"]);
  await Promise.resolve();
  assert.is(scene.errors.length, before + 2);
  assert.match(String(scene.errors.at(-1)), /own fault/);
});

events.run();
