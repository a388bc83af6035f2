// An invitation reaches a payer's terminal once, whenever it was made and however often it is told.
import { isTallystickError, type PayerIssuance, type Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OFFER, propose, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { eventOfType, startWire } from "../helpers/sdk-wire.ts";

const invitations = suite("invitations");
let scene: Scene;
invitations.before.each(async () => {
  scene = await startScene();
});
invitations.after.each(() => scene.close());

/** The ids that a terminal is invited to from now on, and a wait for so many of them. */
function collect(payer: Terminal): { ids: string[]; until(count: number): Promise<void> } {
  const ids: string[] = [];
  let look = () => {};
  payer.onRequest(({ id }) => {
    ids.push(id);
    look();
  });
  return {
    ids,
    until: (count) =>
      new Promise((resolve) => {
        look = () => ids.length >= count && resolve();
        look();
      }),
  };
}

/** A round trip over the same connection: what the hub said before it has been heard. */
async function settle(terminal: Terminal): Promise<void> {
  for await (const _ of terminal.openIssuances()) break;
}

invitations("those that waited are delivered to the handler that comes, and then the new ones", async () => {
  const issuer = await scene.terminal("globex");
  const first = await issuer.requestPayer({ ...OFFER });
  const payer = await scene.terminal("acme");
  const second = await issuer.requestPayer({ ...OFFER });
  const got = collect(payer);
  await got.until(2);
  const third = await issuer.requestPayer({ ...OFFER });
  await got.until(3);
  assert.equal([...got.ids].sort(), [first.id, second.id, third.id].sort());
});

invitations("each comes once, also when the connection breaks and when it is told twice", async () => {
  const wire = await startWire(scene.hub.url);
  const issuer = await scene.terminal("globex");
  const payer = await scene.terminal("acme", { url: wire.url });
  const got = collect(payer);
  const repeated = wire.repeat(eventOfType("payer.requested"));
  await issuer.requestPayer({ ...OFFER });
  await repeated;
  await got.until(1);
  const back = new Promise<void>((resolve) => payer.on("connected", resolve));
  wire.cut();
  await back;
  const second = await issuer.requestPayer({ ...OFFER });
  await got.until(2);
  await settle(payer);
  assert.is(got.ids.length, 2);
  assert.is(got.ids[1], second.id);
  await payer.close();
  await wire.close();
});

invitations("one that is over before it is told again is not delivered again", async () => {
  const wire = await startWire(scene.hub.url);
  const issuer = await scene.terminal("globex");
  const payer = await scene.terminal("acme", { url: wire.url });
  const got = collect(payer);
  const issuance = await issuer.requestPayer({ ...OFFER });
  await got.until(1);
  await issuance.cancel();
  await settle(payer);
  const told = wire.messages.find(({ text, to }) => eventOfType("payer.requested")(text, to))?.text;
  wire.say(told as string);
  await settle(payer);
  assert.equal(got.ids, [issuance.id]);
  await payer.close();
  await wire.close();
});

invitations("one that came while the line was down is delivered when it is back", async () => {
  const wire = await startWire(scene.hub.url);
  const issuer = await scene.terminal("globex");
  const payer = await scene.terminal("acme", { url: wire.url });
  const got = collect(payer);
  wire.shut();
  wire.cut();
  const issuance = await issuer.requestPayer({ ...OFFER });
  wire.open();
  await got.until(1);
  assert.equal(got.ids, [issuance.id]);
  await payer.close();
  await wire.close();
});

invitations("one that was answered or withdrawn meanwhile is not delivered", async () => {
  const issuer = await scene.terminal("globex");
  const payer = await scene.terminal("acme");
  const withdrawn = await issuer.requestPayer({ ...OFFER });
  const answered = await issuer.requestPayer({ ...OFFER });
  await withdrawn.cancel();
  const asPayer = (await payer.issuance(answered.id)) as PayerIssuance;
  await asPayer.agree();
  const open = await issuer.requestPayer({ ...OFFER });
  const got = collect(payer);
  await got.until(1);
  await settle(payer);
  assert.equal(got.ids, [open.id]);
});

invitations("more than fit into one page are all delivered", async () => {
  const issuer = await scene.terminal("globex");
  const wanted = await Promise.all(
    Array.from({ length: 120 }, async () => (await issuer.requestPayer({ ...OFFER, amount: 1 })).id),
  );
  const payer = await scene.terminal("acme");
  const listed: string[] = [];
  for await (const { issuanceId, role, state } of payer.openIssuances()) {
    assert.is(`${role} ${state}`, "payer proposed");
    listed.push(issuanceId);
  }
  assert.equal([...listed].sort(), [...wanted].sort());
  const got = collect(payer);
  await got.until(120);
  assert.equal([...got.ids].sort(), [...wanted].sort());
});

invitations("every terminal of the payer gets it, every handler of a terminal, and no issuer", async () => {
  const issuer = await scene.terminal("globex");
  const [one, two] = [await scene.terminal("acme"), await scene.terminal("acme")];
  const mine = collect(issuer);
  const got = [collect(one), collect(one), collect(two)];
  const removed: string[] = [];
  two.onRequest(({ id }) => void removed.push(id))();
  const { id } = await issuer.requestPayer({ ...OFFER });
  await Promise.all(got.map(({ until }) => until(1)));
  for (const { ids } of got) assert.equal(ids, [id]);
  assert.equal([...mine.ids, ...removed], []);
});

invitations("what a handler throws is told to the error listeners", async () => {
  const issuer = await scene.terminal("globex");
  const payer = await scene.terminal("acme");
  const fault = new Error("the handler's own fault");
  const told = new Promise<unknown>((resolve) => payer.on("error", resolve));
  payer.onRequest(() => Promise.reject(fault));
  await issuer.requestPayer({ ...OFFER });
  assert.is(await told, fault);
});

invitations("a party that asks itself is not invited", async () => {
  const [one, two] = [await scene.terminal("acme"), await scene.terminal("acme")];
  const got = collect(two);
  const own = await one.requestPayer({ ...OFFER, payer: "acme" });
  assert.is(own.state, "agreed");
  await settle(two);
  assert.equal(got.ids, []);
  const resumed = await two.issuance(own.id);
  assert.is(resumed.role, "issuer");
});

invitations("an issuance is gone on with by its id, by its parties alone", async () => {
  const [issuer, payer] = [await scene.terminal("globex"), await scene.terminal("acme")];
  const [asIssuer] = await propose(issuer, payer);
  const other = await (await scene.terminal("acme")).issuance(asIssuer.id);
  assert.is(other.role, "payer");
  assert.equal(other.snapshot, asIssuer.snapshot);
  const stranger = await scene.terminal("initech");
  assert.ok(isTallystickError(await rejection(stranger.issuance(asIssuer.id)), "not_found"));
});

invitations.run();
