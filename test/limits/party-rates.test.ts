/** How much a party may send over all its terminals and hubs, and over HTTP; what one party sends holds up no other. */
import { setTimeout as pause } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PartyRates, RATES_ROOM } from "../../server/limits/party-rates.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis } from "../helpers/redis.ts";
import { call, jsonOf } from "../http/client.ts";

const rates = suite("the rate of a party");

const RATE = 100;
const LIMITED = { PARTY_RATE: String(RATE), RATE_LIMIT: "100000" };

/** Twenty that wait so long when they are refused send 20 KiB of it a second at the most. */
const REFUSED_PAUSE_MS = 50;

interface Answer {
  ok: boolean;
  error: { code: string; details?: { retryAfter?: number } };
}

/** Sends so many at once that cost the least, and answers those that were refused for being too many. */
async function burst(terminals: readonly RawTerminal[], count: number): Promise<Answer[]> {
  const sent = Array.from({ length: count }, (_, index) =>
    terminals[index % terminals.length]?.send("issuance:sync", {}),
  );
  const answers = (await Promise.all(sent)) as Answer[];
  return answers.filter(({ error }) => error.code === "rate_limited");
}

/**
 * Sends a thousand at once, and answers those that were refused. What is granted is twice the rate, and what came back
 * meanwhile.
 */
async function overdraw(terminals: readonly RawTerminal[]): Promise<Answer[]> {
  const began = performance.now();
  const refused = await burst(terminals, 1000);
  const granted = 1000 - refused.length;
  const seconds = (performance.now() - began) / 1000;
  assert.ok(granted >= 2 * RATE && granted <= (2 + seconds) * RATE + 1, `${granted} in ${seconds} s`);
  return refused;
}

/** Sends as much as is answered, until it is told to stop, and not so much of what is refused that it is cut off. */
function flood(terminal: RawTerminal): () => Promise<void> {
  let isOver = false;
  const sending = Array.from({ length: 20 }, async () => {
    while (!isOver) {
      const { error } = (await terminal.send("issuance:sync", {})) as Answer;
      if (error.code === "rate_limited") await pause(REFUSED_PAUSE_MS);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(sending);
  };
}

const connectAll = (hub: TestHub, party: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => connectTerminal(hub, party)));

rates(
  "holds for all of its terminals together, says when to come again, and is no other party's",
  async () => {
    const hub = await startHub({ settings: LIMITED });
    const acme = await connectAll(hub, "acme", 5);
    const refused = await overdraw(acme);
    assert.ok(refused.length > 0);
    const waits = refused.map(({ error }) => error.details?.retryAfter ?? 0);
    assert.ok(waits.every((ms) => Number.isSafeInteger(ms) && ms > 0 && ms <= 5000));
    // So that all that wait come again no more often than is granted; one of the five may have had its fill.
    const longest = Math.max(...waits);
    assert.ok(longest >= (1000 * 4) / RATE && longest <= (1000 * 5) / RATE, String(longest));
    const globex = await connectAll(hub, "globex", 1);
    assert.equal(await burst(globex, 50), []);
    for (const terminal of [...acme, ...globex]) terminal.close();
    await hub.close();
  },
);

rates("is charged a page of a list, and what is not found, as ten", async () => {
  const hub = await startHub({ settings: { ...LIMITED, PARTY_RATE: "10" } });
  const asks: { [party: string]: (terminal: RawTerminal) => Promise<unknown> } = {
    lists: (terminal) => terminal.list(),
    seeks: (terminal) => terminal.sync("0-AAAAAAAAAAAAAAAA"),
  };
  for (const [party, ask] of Object.entries(asks)) {
    const terminal = await connectTerminal(hub, party);
    const began = performance.now();
    let granted = 0;
    while (((await ask(terminal)) as Answer).error?.code !== "rate_limited") granted += 1;
    const seconds = (performance.now() - began) / 1000;
    assert.ok(granted >= 2 && granted <= 3 + seconds, `${party}: ${granted} in ${seconds} s`);
    terminal.close();
  }
  await hub.close();
});

rates("holds over HTTP too, where operators are held back by nothing", async () => {
  const hub = await startHub({ settings: { ...LIMITED, PARTY_RATE: "1" } });
  const path = "/v1/vouchers/v0-AAAAAAAAAAAAAAAA";
  const [token, operator] = await Promise.all([hub.token("acme"), hub.token("acme", { operator: true })]);
  let answer = await call(hub, "GET", path, { token });
  for (let asked = 0; asked < 1000 && answer.status === 404; asked++)
    answer = await call(hub, "GET", path, { token });
  assert.is(answer.status, 429);
  const { code, details } = JSON.parse(answer.text);
  assert.is(code, "rate_limited");
  assert.ok(details.retryAfter > 0);
  assert.is(answer.headers.get("retry-after"), String(Math.ceil(details.retryAfter / 1000)));
  for (let asked = 0; asked < 5; asked++)
    assert.is((await call(hub, "GET", path, { token: operator })).status, 404);
  jsonOf(await call(hub, "GET", "/v1/parties/acme/accounts", { token: operator }));
  await hub.close();
});

rates("counts what is not found as a page over HTTP too, since the archive is asked for it", async () => {
  const hub = await startHub({ settings: { PARTY_RATE: "10" } });
  const token = await hub.token("acme");
  const began = performance.now();
  let granted = 0;
  while ((await call(hub, "GET", "/v1/issuances/0-AAAAAAAAAAAAAAAA", { token })).status === 404) granted += 1;
  const seconds = (performance.now() - began) / 1000;
  // There are 20 units at first and 10 more each second, of which each takes 10; the first that finds one is granted.
  assert.ok(granted >= 2 && granted <= 3 + seconds, `${granted} in ${seconds} s`);
  await hub.close();
});

rates("is summed over hubs: what a party sends to one it can't send to another", async () => {
  const redis = await startRedis();
  const settings = LIMITED;
  const [here, there] = [
    await startHub({ redisUrl: redis.url, settings }),
    await startHub({ redisUrl: redis.url, settings }),
  ];
  const listener = redis.client();
  const channel = `ts#${here.running.book.id}#${RATES_ROOM}`;
  await listener.ssubscribe(channel);
  const toldOf = (party: string) =>
    new Promise<void>((resolve) => {
      const look = (_: string, text: string) => {
        const { uses } = JSON.parse(text.slice(text.indexOf("{"))) as { uses: Record<string, number> };
        if ((uses[party] ?? 0) < RATE) return;
        listener.off("smessage", look);
        resolve();
      };
      listener.on("smessage", look);
    });
  let granted = RATE;
  // A hub may hear a moment later than the test does; with another party it is tried once more.
  for (let tried = 0; tried < 8 && granted >= RATE / 2; tried++) {
    const party = `party-${tried}`;
    const sender = await connectTerminal(here, party);
    const stop = flood(sender);
    await toldOf(party);
    await toldOf(party);
    const [late, other] = [await connectTerminal(there, party), await connectTerminal(there, "bystander")];
    granted = RATE - (await burst([late], RATE)).length;
    assert.ok(granted > 0, "some of it is left at each hub");
    assert.equal(await burst([other], 50), []);
    await stop();
    for (const terminal of [sender, late, other]) terminal.close();
  }
  assert.ok(granted < RATE / 2, `${granted} of ${RATE} were granted at the other hub`);
  await Promise.all([here.close(), there.close()]);
  await redis.stop();
});

rates("holds at each hub while the store is away, and nothing waits for that", async () => {
  const redis = await startRedis();
  const hub = await startHub({ redisUrl: redis.url, settings: LIMITED });
  const acme = await connectTerminal(hub, "acme");
  await redis.kill("SIGKILL");
  assert.ok((await overdraw([acme])).length > 0);
  acme.close();
  await redis.restart();
  await hub.close();
  await redis.stop();
});

rates("what hubs could be told that is nonsense counts for nothing", () => {
  const parties = new PartyRates({ perSecond: 10, bus: undefined });
  for (const told of ["", "{", "null", '{"hub":1,"uses":{}}', '{"hub":"a","uses":{"acme":-5}}'])
    parties.hear(told);
  assert.is(parties.charge("acme", 20), 0);
  parties.hear('{"hub":"a","uses":{"globex":8}}');
  // What the other leaves is 2 a second, 4 in a burst.
  assert.is(parties.charge("globex", 4), 0);
  assert.ok(parties.charge("globex", 1) > 0);
  parties.stop();
});

rates.run();
