// about 45 s, mostly waiting
/** Under overload new requests are refused, those of parties that have had their share first; what has begun goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import type { CommandAck } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import { call } from "../http/client.ts";

const overload = suite("overload");

/** How long each call of the store takes that has too much to do, milliseconds. */
const SLOW_MS = 200;
/** An answer that does not come within this is never coming, milliseconds. */
const PATIENCE_MS = 30_000;
/** Requests that a terminal sends at once, and waits for none. */
const BURST = 60;
/** Requests that are under way at once. */
const AT_ONCE = 150;

const lines: string[] = [];
let redis: TestRedis;
let proxy: TcpProxy;
let hub: TestHub;
overload.before(async () => {
  redis = await startRedis({ tcp: true });
  const { hostname, port } = new URL(redis.url);
  proxy = await startProxy(() => ({ host: hostname, port: Number(port) }));
  hub = await startHub({
    redisUrl: `redis://${hostname}:${proxy.port}`,
    settings: { RATE_LIMIT: "1000000", LOG_LEVEL: "info" },
    onLog: (line) => lines.push(line),
  });
});
overload.after(async () => {
  await hub.close();
  await proxy.close();
  await redis.stop();
});

const offer = { payer: "payer", amount: 1, currency: "CNY" };

interface Answered {
  accepted: number;
  shed: number;
  /** Every code that came, and how long to wait. */
  codes: Set<string>;
  waits: number[];
}

/** Requests over and over, so many at a time, until it is told to stop. */
function request(terminal: RawTerminal, atOnce: number): { answered: Answered; stop(): Promise<void> } {
  const answered: Answered = { accepted: 0, shed: 0, codes: new Set(), waits: [] };
  let isOver = false;
  const send = async () => {
    while (!isOver) {
      // Not held against the documents, as the helper's own are: that would be most of the work.
      const sent = { commandId: freshId(), ...offer };
      const answer = (await terminal.socket
        .timeout(PATIENCE_MS)
        .emitWithAck("payer:request", sent)) as CommandAck;
      if (answer.ok) {
        answered.accepted += 1;
        continue;
      }
      answered.shed += 1;
      answered.codes.add(answer.error.code);
      answered.waits.push(Number(answer.error.details?.retryAfter));
      // A flood that comes again at once would be one of refusals.
      await sleep(100);
    }
  };
  const sent = Promise.all(Array.from({ length: atOnce }, send));
  // A test that fails stops nobody, and should be the one to say why.
  sent.catch(() => undefined);
  const stop = async () => {
    isOver = true;
    await sent;
  };
  return { answered, stop };
}

const shedCount = async () =>
  Number(/^tallystick_requests_shed_total (\d+)/m.exec((await call(hub, "GET", "/metrics")).text)?.[1]);

overload("refuses what is new of the party that floods; others, and what has begun, go on", async () => {
  const [flooder, small, payer] = [
    await connectTerminal(hub, "flooder"),
    await connectTerminal(hub, "small"),
    await connectTerminal(hub, "payer"),
  ];
  // How fast the store is while there is room; and some work that has begun.
  const begun: string[] = [];
  for (let made = 0; made < 20; made++)
    begun.push((await small.accepted("payer:request", offer)).issuance.issuanceId);
  assert.is(await shedCount(), 0);
  proxy.delay(SLOW_MS);
  const flood = request(flooder, AT_ONCE);
  const few = request(small, 1);
  while (flood.answered.shed < 50) await sleep(20);
  // At the moment when it is found out more are worked on than either may have: until those are done all are refused.
  const before = { few: { ...few.answered }, flood: flood.answered.accepted };
  for (const issuanceId of begun) await payer.accepted("payer:agree", { issuanceId });
  while (few.answered.accepted < before.few.accepted + 10 || flood.answered.accepted < before.flood + 10)
    await sleep(20);
  assert.is(few.answered.shed, before.few.shed, "a party below its share is not refused");
  assert.equal(flood.answered.codes, new Set(["unavailable"]));
  assert.ok(flood.answered.waits.every((ms) => Number.isSafeInteger(ms) && ms >= 500 && ms <= 1500));
  await Promise.all([flood.stop(), few.stop()]);
  assert.is(await shedCount(), flood.answered.shed + few.answered.shed);

  proxy.delay(0);
  // What was refused can be sent again as it is, and is let in as soon as there is room.
  const again = { ...offer, commandId: freshId() };
  while (!(await flooder.command("payer:request", again)).ok) await sleep(20);
  while (!lines.some((line) => line.includes("no longer overloaded"))) await sleep(20);
  const said = lines.map((line) => JSON.parse(line)).filter(({ msg }) => /^overloaded/.test(msg));
  assert.ok(said.length > 0 && said.length < flood.answered.shed, "one line a second says it all");
  assert.ok(said.every(({ atOnce, lagMs, level }) => atOnce >= 48 && lagMs >= 0 && level === 40));
  for (const terminal of [flooder, small, payer]) terminal.close();
});

overload(
  "reads no more of a terminal that does not wait, and answers all that it sent, in its order",
  async () => {
    const [flooder, careless] = [
      await connectTerminal(hub, "flooder"),
      await connectTerminal(hub, "flooder"),
    ];
    proxy.delay(SLOW_MS);
    const flood = request(flooder, AT_ONCE);
    while (flood.answered.shed < 50) await sleep(20);
    const began = performance.now();
    const order: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: BURST }, async (_, index) => {
        const sent = { commandId: freshId(), ...offer };
        const answer = (await careless.socket
          .timeout(PATIENCE_MS)
          .emitWithAck("payer:request", sent)) as CommandAck;
        if (!answer.ok) order.push(index);
        return answer;
      }),
    );
    const seconds = Math.ceil((performance.now() - began) / 1000);
    const refused = answers.filter(({ ok }) => !ok).length;
    assert.ok(refused <= 25 * (seconds + 1), `${refused} were refused in ${seconds} s`);
    assert.equal(
      order,
      [...order].sort((a, b) => a - b),
    );
    await flood.stop();
    proxy.delay(0);
    for (const terminal of [flooder, careless]) terminal.close();
  },
);

overload("a burst, and a store that has always taken as long, are no overload", async () => {
  // Another hub, which knows the store no faster than it is now.
  proxy.delay(SLOW_MS);
  const far = await startHub({ redisUrl: hub.redisUrl, settings: { RATE_LIMIT: "1000000" } });
  const [issuer, payer] = [await connectTerminal(far, "issuer"), await connectTerminal(far, "payer")];
  const made = await Promise.all(
    Array.from({ length: 1000 }, () => issuer.command("payer:request", { ...offer, payer: "payer" })),
  );
  assert.is(made.filter(({ ok }) => ok).length, 1000);
  for (const terminal of [issuer, payer]) terminal.close();
  await far.close();
  proxy.delay(0);
});

overload.run();
