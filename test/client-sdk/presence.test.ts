/** The SDK tells whether the other side is here, over lost connections too. */
import { setTimeout } from "node:timers/promises";
import type { Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OFFER, propose, type Scene, startScene } from "../helpers/sdk-scene.ts";

const presence = suite("the other side's presence, to a program");

let scene: Scene;
presence.before(async () => {
  scene = await startScene();
});
presence.after(() => scene.close());
presence.after.each(() => scene.leave());

/** Waits until a listener was told what is expected. */
async function until(told: readonly boolean[], expected: readonly boolean[]): Promise<void> {
  for (let tries = 0; told.length < expected.length && tries < 6000; tries++) await setTimeout(10);
  assert.equal(told, expected);
}

async function connectedAgain(terminal: Terminal): Promise<void> {
  for (let tries = 0; !terminal.connected; tries++) {
    assert.ok(tries < 6000, "it does not come back");
    await setTimeout(10);
  }
}

presence("comes at once and with each change, until the listener is taken away", async () => {
  const issuer = await scene.terminal("shop");
  const issuance = await issuer.requestPayer({ ...OFFER });
  const told: boolean[] = [];
  const stop = issuance.onPresence((here) => told.push(here));
  await until(told, [false]);
  const payer = await scene.terminal("acme");
  await until(told, [false, true]);
  const second: boolean[] = [];
  issuance.onPresence((here) => second.push(here));
  await until(second, [true]);
  stop();
  await payer.close();
  await until(second, [true, false]);
  assert.equal(told, [false, true]);
});

presence("is asked for once more after the hub was away", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const [issuance, asPayer] = await propose(issuer, payer);
  const told: boolean[] = [];
  issuance.onPresence((here) => told.push(here));
  await until(told, [true]);
  await scene.hub.restart();
  await Promise.all([issuer, payer].map((terminal) => connectedAgain(terminal)));
  await payer.close();
  for (let tries = 0; told.at(-1); tries++) {
    assert.ok(tries < 6000, "the payer's leaving was not told over the new connection");
    await setTimeout(10);
  }
  assert.is(asPayer.state, "proposed");
});

presence("is no caller's business when the issuance has ended", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const [issuance, asPayer] = await propose(issuer, payer);
  await asPayer.decline();
  await issuance.until("declined");
  issuance.onPresence(() => assert.unreachable("nothing is told"));
  await issuer.requestPayer({ ...OFFER });
  assert.equal(scene.errors, []);
});

presence("is on the hub's clock", async () => {
  const terminal = await scene.terminal("shop");
  const issuance = await terminal.requestPayer({ ...OFFER });
  const { createdAt, deadline = 0 } = issuance.snapshot;
  assert.ok(terminal.now >= createdAt - 1000 && terminal.now < deadline);
});

presence.run();
