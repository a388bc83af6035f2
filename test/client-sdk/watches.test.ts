/** Whatever waits for a party's word reaches its handlers, whatever happens to the others that wait. */
import type { Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OFFER, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { addPayee, issueToAll, NEVER_MS, PAYEE } from "../helpers/sdk-voucher-scene.ts";
import { startWire, type Wire } from "../helpers/sdk-wire.ts";

const watches = suite("what waits for a party's word");
let scene: Scene;
let wire: Wire;
watches.before(async () => {
  scene = await startScene();
  await addPayee(scene);
});
watches.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
watches.after.each(async () => {
  await scene.leave();
  await wire.close();
});
watches.after(() => scene.close());

/** Waits for a number of ids, or says which there are. */
async function comes(ids: readonly string[], count: number): Promise<void> {
  for (let tries = 0; ids.length < count; tries++) {
    assert.ok(tries < 6000, `there are ${ids.length} of ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

watches("a handler that is taken away after the first leaves the second to the next", async () => {
  const all = {
    issuer: await scene.terminal("globex"),
    payer: await scene.terminal("acme"),
    beneficiary: await scene.terminal("nordlicht"),
  };
  const { beneficiary } = await issueToAll(all, { approval: { by: "payer", within: 3600 } });
  const drawn = [
    await beneficiary.draw({ amount: 1, to: PAYEE }),
    await beneficiary.draw({ amount: 2, to: PAYEE }),
  ].map(({ id }) => id);
  const late = await scene.terminal("acme", { resyncIntervalMs: 200 });
  const ids: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = late.onDrawing(({ id }) => {
      ids.push(id);
      stop();
      resolve();
    });
  });
  late.onDrawing(({ id }) => void ids.push(id));
  await comes(ids, 2);
  assert.equal(ids, drawn);
});

watches("an invitation that can't be had just now holds up no others", async () => {
  const issuer = await scene.terminal("globex");
  const waiting: string[] = [];
  for (let count = 0; count < 3; count++) waiting.push((await issuer.requestPayer({ ...OFFER })).id);
  // The newest comes first, and is not answered.
  const [older, old, newest] = waiting as [string, string, string];
  void wire.lose(
    (text, to) => to === "hub" && text.includes('"issuance:sync"') && text.includes(newest),
    100,
  );
  const payer: Terminal = await scene.terminal("acme", {
    url: wire.url,
    resyncIntervalMs: NEVER_MS,
    ackTimeoutMs: 60_000,
    commandTimeoutMs: 300,
  });
  const ids: string[] = [];
  payer.onRequest(({ id }) => void ids.push(id));
  await comes(ids, 2);
  assert.equal(ids, [old, older]);
});

watches("what comes while one is looked at is not missed", async () => {
  const all = {
    issuer: await scene.terminal("globex"),
    payer: await scene.terminal("acme"),
    beneficiary: await scene.terminal("nordlicht"),
  };
  const { beneficiary: first } = await issueToAll(all);
  const isAnswer = (text: string) =>
    /^43\d/.test(text) && text.includes('"events"') && text.includes(first.id);
  // The answer to the look is held back until the next event is told, and read behind it.
  const gathered = wire.gather(isAnswer, (text) => text.includes('"type":"voucher.accepted"'), "reversed");
  const late = await scene.terminal("nordlicht", { url: wire.url, resyncIntervalMs: NEVER_MS });
  const states: string[] = [];
  late.onVoucher(({ id, state }) => void (id === first.id && states.push(state)));
  for (let tries = 0; !wire.messages.some(({ text }) => isAnswer(text)); tries++) {
    assert.ok(tries < 6000, "it is not looked at");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await first.accept();
  await gathered;
  // A round trip over the same connection.
  for await (const _ of late.openIssuances()) break;
  assert.is((await late.voucher(first.id)).state, "accepted");
  assert.equal(states, [], "it no longer waits");
});

watches.run();
