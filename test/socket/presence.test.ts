// about 15 s, mostly waiting
/** Is the other side here? Told to those that negotiate with it, live, and right across hubs. */
import { setTimeout } from "node:timers/promises";
import type { PresenceAck, PresenceTold } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startCluster, startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type Target, type TcpProxy } from "../helpers/tcp-proxy.ts";

const presence = suite("presence");

let redis: TestRedis;
/** Between the second hub and the store. */
let proxy: TcpProxy;
let target: Target | undefined;
let here: TestHub;
let there: TestHub;
presence.before(async () => {
  redis = await startRedis({ tcp: true });
  const store = { host: "127.0.0.1", port: Number(redis.url.split(":").at(-1)) };
  target = store;
  proxy = await startProxy(() => target, { redis: true });
  here = await startHub({ redisUrl: redis.url });
  there = await startHub({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
});
presence.after(async () => {
  await here.close();
  await there.close();
  await proxy.close();
  await redis.stop();
});

interface Watching {
  terminal: RawTerminal;
  /** Everything that was told of it, the answers of `watch` left out. */
  told: PresenceTold[];
  watch(issuanceId: string): Promise<PresenceAck>;
  /** Waits until so much was told. */
  until(count: number): Promise<void>;
}

async function watcher(hub: TestHub, party: string): Promise<Watching> {
  const terminal = await connectTerminal(hub, party);
  const told: PresenceTold[] = [];
  terminal.socket.on("presence", (presence) => told.push(presence));
  return {
    terminal,
    told,
    watch: (issuanceId) => terminal.send("presence:watch", { issuanceId }) as Promise<PresenceAck>,
    until: async (count) => {
      for (let tries = 0; told.length < count && tries < 6000; tries++) await setTimeout(10);
      assert.is(told.length, count, JSON.stringify(told));
    },
  };
}

async function request(issuer: RawTerminal, payer: string): Promise<string> {
  const { issuance } = await issuer.accepted("payer:request", { payer, amount: 100, currency: "CNY" });
  return issuance.issuanceId;
}

for (const where of ["the same hub", "another hub"]) {
  presence(`of a party at ${where} is told as it comes and goes, until the issuance has ended`, async () => {
    const hub = where === "the same hub" ? here : there;
    const payer = `payer-${hub.port}`;
    const { terminal: issuer, told, watch, until } = await watcher(here, "issuer");
    const issuanceId = await request(issuer, payer);
    assert.equal(await watch(issuanceId), { ok: true, here: false });
    const first = await connectTerminal(hub, payer);
    await until(1);
    const second = await connectTerminal(hub, payer);
    first.close();
    assert.equal(await watch(issuanceId), { ok: true, here: true });
    second.close();
    await until(2);
    assert.equal(told, [
      { issuanceId, here: true },
      { issuanceId, here: false },
    ]);
    const third = await connectTerminal(hub, payer);
    await until(3);
    await third.accepted("payer:decline", { issuanceId });
    await issuer.told(issuanceId, "payer.declined");
    assert.is(errorOf(await watch(issuanceId)).code, "wrong_state");
    // Of one that still goes on it is told, so that something must have come of the other by then.
    const other = await request(issuer, payer);
    assert.equal(await watch(other), { ok: true, here: true });
    third.close();
    await until(4);
    assert.equal(told.at(-1), { issuanceId: other, here: false });
    await issuer.accepted("issuance:cancel", { issuanceId: other });
    issuer.close();
  });
}

presence("is nobody's to ask but the two sides', and the payer may ask as well", async () => {
  const issuer = await watcher(here, "issuer");
  const payer = await watcher(there, "payer");
  const stranger = await watcher(here, "stranger");
  const issuanceId = await request(issuer.terminal, "payer");
  assert.equal(await payer.watch(issuanceId), { ok: true, here: true });
  const refused = await stranger.watch(issuanceId);
  assert.equal(refused, await stranger.watch(`0-${"A".repeat(16)}`));
  assert.is(errorOf(refused).code, "not_found");
  issuer.terminal.close();
  await payer.until(1);
  assert.equal(payer.told, [{ issuanceId, here: false }]);
  assert.equal(stranger.told, []);
  for (const { terminal } of [payer, stranger]) terminal.close();
});

presence("of oneself is there, where a party pays itself", async () => {
  const self = await watcher(here, "self");
  const issuanceId = await request(self.terminal, "self");
  assert.equal(await self.watch(issuanceId), { ok: true, here: true });
  self.terminal.close();
});

presence("puts the terminal into the room, so that it learns of the end", async () => {
  const issuer = await connectTerminal(here, "issuer");
  const issuanceId = await request(issuer, "payer");
  const payer = await connectTerminal(there, "payer");
  await payer.accepted("payer:agree", { issuanceId });
  const colleague = await watcher(there, "payer");
  assert.equal(await colleague.watch(issuanceId), { ok: true, here: true });
  await issuer.accepted("issuance:cancel", { issuanceId });
  await colleague.terminal.told(issuanceId, "issuance.cancelled");
  for (const terminal of [issuer, payer, colleague.terminal]) terminal.close();
});

presence("of a party whose hub has died without a word is seen to be gone, and to be back", async () => {
  const { terminal: issuer, watch, until, told } = await watcher(here, "issuer");
  const payer = await connectTerminal(there, "lonely");
  const issuanceId = await request(issuer, "lonely");
  assert.equal(await watch(issuanceId), { ok: true, here: true });
  // To the store, and to other hubs, a hub that is cut off and one that is dead are the same.
  const store = target;
  target = undefined;
  proxy.reset();
  await until(1);
  target = store;
  await until(2);
  assert.equal(
    told.map((one) => one.here),
    [false, true],
  );
  payer.close();
  issuer.close();
});

presence("that can't be found out is unavailable, and told as it was", async () => {
  const { terminal: payer, watch, told } = await watcher(there, "payer");
  const issuer = await connectTerminal(here, "issuer");
  const issuanceId = await request(issuer, "payer");
  assert.equal(await watch(issuanceId), { ok: true, here: true });
  const store = target;
  target = undefined;
  proxy.reset();
  assert.is(errorOf(await watch(issuanceId)).code, "unavailable");
  assert.equal(told, []);
  target = store;
  issuer.close();
  payer.close();
});

presence.run();

const clusters = suite("presence on a cluster");

clusters("is right across hubs, whichever master a party's inbox is at", async () => {
  const cluster = await startCluster({ masters: 3 });
  const [first, second] = [
    await startHub({ redisUrl: cluster.url }),
    await startHub({ redisUrl: cluster.url }),
  ];
  const { terminal: issuer, watch, until } = await watcher(first, "issuer");
  const parties = Array.from({ length: 6 }, (_, index) => `payer-${index}`);
  const terminals: RawTerminal[] = [];
  for (const [index, party] of parties.entries()) {
    const issuanceId = await request(issuer, party);
    assert.equal(await watch(issuanceId), { ok: true, here: false });
    terminals.push(await connectTerminal(second, party));
    await until(index + 1);
  }
  for (const terminal of [issuer, ...terminals]) terminal.close();
  await first.close();
  await second.close();
  await cluster.stop();
});

clusters.run();
