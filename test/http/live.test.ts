// about 54 s, mostly waiting
/** What an operator's page is told while it watches: at once, then each two seconds, of all hubs, and by nobody's counting but the hubs' own. */

import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { isTallystickError, type LiveSummary, Operator } from "@tallystick/client/operator";
import { LIVE_EVERY_MS, LiveSummary as Schema } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LIVE_ROOM } from "../../server/live/sample.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { monitorCommands } from "../helpers/monitor.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, funds, issueVoucher, refusedWith } from "./client.ts";

const live = suite("what is told live");

let redis: TestRedis;
let hubs: [TestHub, TestHub];
live.before(async () => {
  redis = await startRedis();
  const start = () => startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "200" } });
  hubs = [await start(), await start()];
  await hubs[0].putAccount("acme", "1", funds(1_000_000));
});
live.after(async () => {
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

const watch = (hub: TestHub, options?: Parameters<Operator["live"]>[0]) =>
  new Operator(hub.url, { token: () => hub.token("bank", { operator: true }) }).live(options);

/** Listens until a summary is as it should be. */
async function until(
  hub: TestHub,
  isSo: (summary: LiveSummary, all: LiveSummary[]) => boolean,
): Promise<LiveSummary[]> {
  const all: LiveSummary[] = [];
  for await (const summary of watch(hub)) {
    assert.equal(Schema.strict().parse(summary), summary);
    all.push(summary);
    if (isSo(summary, all)) return all;
  }
  throw new Error("the line ended");
}

const sum = (summaries: LiveSummary[], state: "issued" | "proposed") =>
  summaries.flatMap(({ slices }) => slices).reduce((total, { steps }) => total + (steps[state] ?? 0), 0);

live("begins with all that is remembered, and tells of both hubs, whichever is asked", async () => {
  const deal = { issuer: "lotus", payer: "acme", amount: 100, account: { number: "1", holder: "Acme Ltd" } };
  await issueVoucher(hubs[1], deal);
  const told = await until(
    hubs[0],
    (summary, all) =>
      summary.hubs.length === 2 &&
      sum([all.findLast(({ isWhole }) => isWhole) ?? summary], "issued") + sum(all, "issued") > 0,
  );
  assert.ok(told[0]?.isWhole);
  assert.is(told[0]?.hubs[0]?.hub, told[0]?.hub);
  const [one, other] = told.at(-1)?.hubs ?? [];
  assert.is.not(one?.hub, other?.hub);
});

live(
  "what happens while one watches is counted once, over both hubs, with how long answers took",
  async () => {
    let negotiated: Promise<unknown> | undefined;
    const seen: LiveSummary[] = [];
    for await (const summary of watch(hubs[0])) {
      if (!negotiated && summary.hubs.length === 2 && !summary.isWhole) {
        seen.length = 0;
        const deal = {
          issuer: "lotus",
          payer: "acme",
          amount: 100,
          account: { number: "1", holder: "Acme Ltd" },
        };
        negotiated = Promise.all([issueVoucher(hubs[0], deal), issueVoucher(hubs[1], deal)]);
        continue;
      }
      if (!negotiated) continue;
      seen.push(summary);
      const counted = seen.flatMap(({ isWhole, slices }) => (isWhole ? [] : slices));
      if (counted.length < 4) continue;
      const steps = (state: "proposed" | "agreed" | "opened" | "issued") =>
        counted.reduce((total, slice) => total + (slice.steps[state] ?? 0), 0);
      assert.equal(
        ["proposed", "agreed", "opened", "issued"].map((state) => steps(state as "issued")),
        [2, 2, 2, 2],
      );
      assert.is(
        counted.reduce((total, { answered }) => total + answered, 0),
        8,
      );
      assert.ok(counted.some(({ p50Ms = 0, p99Ms = 0 }) => p50Ms > 0 && p99Ms >= p50Ms));
      break;
    }
    await negotiated;
  },
);

live("what is in the book is told once it is counted, with what waits and how the store does", async () => {
  const told = await until(
    hubs[1],
    ({ book, store }) => (book?.vouchers.issued ?? 0) >= 3 && store !== undefined,
  );
  const { book, store, waiting } = told.at(-1) as LiveSummary;
  assert.equal(book?.frozen, { CNY: 300 });
  assert.equal(waiting, { fences: 0, settlementsOpen: 0, settlementsFailed: 0 });
  assert.is(store?.problem, undefined);
  assert.ok(store?.durability);
});

live(
  "sends nothing while nobody watches, whatever happens, and stops once the last one is gone",
  async () => {
    let sent = 0;
    const monitor = await monitorCommands(redis, ({ name, args: [channel = ""] }) => {
      if (name.endsWith("publish") && channel.includes(LIVE_ROOM)) sent += 1;
    });
    const deal = {
      issuer: "lotus",
      payer: "acme",
      amount: 100,
      account: { number: "1", holder: "Acme Ltd" },
    };
    /** How many were sent in some slices, in which something was issued. */
    const sentIn = async (slices: number) => {
      const before = sent;
      await issueVoucher(hubs[1], deal);
      await sleep(slices * LIVE_EVERY_MS);
      return sent - before;
    };
    try {
      const controller = new AbortController();
      const told = watch(hubs[0], { signal: controller.signal });
      await told.next();
      const listening = (async () => {
        for await (const _ of told);
      })();
      assert.ok((await sentIn(2)) >= 2, "hubs tell each other while somebody watches");
      controller.abort();
      await listening;
      // A hub that is not watched itself goes on for a while, since a message can be late.
      await sleep(5 * LIVE_EVERY_MS);
      assert.is(await sentIn(3), 0);
    } finally {
      monitor.close();
    }
  },
);

live("is for operators who may read, until their token ends or is revoked", async () => {
  const [hub] = hubs;
  refusedWith(await call(hub, "GET", "/v1/live"), 401, "unauthenticated");
  refusedWith(await call(hub, "GET", "/v1/live", { token: await hub.token("acme") }), 403, "forbidden");
  const token = await hub.running.tokens.sign?.({ party: "auditor", scope: "operator:read", ttlSeconds: 60 });
  const lost = new AbortController();
  const listening = new Operator(hub.url, { token: token as string }).live({ signal: lost.signal });
  assert.ok((await listening.next()).value);
  await call(hub, "POST", "/v1/parties/auditor/revoke", {
    token: await hub.token("bank", { operator: true }),
  });
  const ended = (async () => {
    for await (const _summary of listening);
  })();
  const error = await ended.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isTallystickError(error, "unauthenticated"), String(error));
});

live("a token ends under a line that nobody reads, and nothing is told on it any more", async () => {
  const said: string[] = [];
  const hub = await startHub({ onLog: (line) => said.push(line) });
  const token = await hub.running.tokens.sign?.({ party: "auditor", scope: "operator:read", ttlSeconds: 2 });
  const socket = connect(hub.port, "127.0.0.1").pause();
  await once(socket, "connect");
  // More than both ends keep: what comes behind it stays at the hub.
  const before = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(60);
  socket.write(`${before}GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  // One that tells each two seconds goes on well past the end of the other.
  await until(hub, (_summary, all) => all.length > 3);
  assert.equal(
    said.filter((line) => JSON.parse(line).level >= 50),
    [],
  );
  socket.destroy();
  await hub.close();
});

live("answers HEAD at once, and the connection goes on", async () => {
  const [hub] = hubs;
  const socket = connect(hub.port, "127.0.0.1");
  const token = await hub.token("bank", { operator: true });
  const head = `HEAD /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  socket.write(`${head}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const answers = await text(socket);
  assert.match(answers, /text\/event-stream/);
  assert.match(answers, /\{"status":"alive"\}$/);
});

live("goes on after the hub was started again, and says that the line was lost", async () => {
  const [, hub] = hubs;
  let losses = 0;
  const listening = watch(hub, {
    onLost: () => {
      losses += 1;
    },
  });
  const first = (await listening.next()).value as LiveSummary;
  const again = hub.restart();
  for await (const { hub: name } of listening) {
    if (name === first.hub) continue;
    assert.ok(losses > 0);
    break;
  }
  await again;
});

live("a hub that closes ends what listens to it, and waits for nobody", async () => {
  const said: string[] = [];
  const hub = await startHub({ redisUrl: redis.url, onLog: (line) => said.push(line) });
  const controller = new AbortController();
  const listening = watch(hub, { signal: controller.signal });
  assert.ok((await listening.next()).value);
  await hub.close();
  assert.is(
    said.find((line) => line.includes("still in hand")),
    undefined,
  );
  controller.abort();
  assert.is((await listening.next()).done, true);
});

live.run();
