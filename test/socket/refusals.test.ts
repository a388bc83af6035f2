/** To refuse costs a hub as much in a second as it may, whoever sends whatever; nothing is lost of what has to wait. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { Pace } from "../../server/limits/pace.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";

const refusals = suite("refusals");

let hub: TestHub;
refusals.before(async () => {
  // A party's allowance alone is spent, so that no terminal is cut off.
  hub = await startHub({ settings: { RATE_LIMIT: "1000000", PARTY_RATE: "10" } });
});
refusals.after(() => hub.close());

/** A bare WebSocket with a session, and all that it was sent. */
async function openSession(party: string, options?: { ttlSeconds: number }) {
  const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
  const texts: string[] = [];
  socket.on("message", (data) => texts.push(String(data)));
  const closed = once(socket, "close");
  await once(socket, "open");
  socket.send(`40${JSON.stringify({ token: await hub.token(party, options) })}`);
  while (!texts.some((text) => text.startsWith('42["session:ready"'))) await sleep(5);
  return { socket, texts, closed };
}

refusals(
  "are so many in a second over all connections, and what waits for its own comes in its order",
  async () => {
    const [connections, each] = [4, 1500];
    const lines = await Promise.all(Array.from({ length: connections }, () => openSession("flooder")));
    const refused = () =>
      lines.flatMap(({ texts }) =>
        texts.filter((text) => text.startsWith("43") && text.includes("rate_limited")),
      );
    const began = performance.now();
    for (const { socket } of lines)
      for (let index = 0; index < each; index++) socket.send(`42${index}["no"]`);
    const bystander = await connectTerminal(hub, "bystander");
    while (refused().length < 4000) {
      // At once so many as 500, and 2,000 in each second; a slice that has been read waits no longer.
      const most = 500 + 2 * (performance.now() - began) + connections;
      assert.ok(refused().length <= most, `${refused().length} of ${most} were refused`);
      assert.ok((await bystander.send("presence:watch", {})) !== undefined);
      await sleep(50);
    }
    bystander.close();
    const answers = ({ texts }: { texts: string[] }) => texts.filter((text) => text.startsWith("43"));
    while (lines.some((line) => answers(line).length < each)) await sleep(20);
    for (const line of lines) {
      // Those few that the allowance lets in are answered when they have been looked at.
      const ids = answers(line)
        .filter((text) => text.includes("rate_limited"))
        .map((text) => Number.parseInt(text.slice(2), 10));
      assert.equal(
        ids,
        ids.toSorted((a, b) => a - b),
      );
      assert.is(new Set(answers(line).map((text) => text.slice(0, text.indexOf("[")))).size, each);
      line.socket.close();
    }
  },
);

refusals("that wait hold up no end of a session: it is told, and closed in time", async () => {
  const lines = await Promise.all(
    Array.from({ length: 4 }, () => openSession("expiring", { ttlSeconds: 3 })),
  );
  const endsAt = Date.now() + 3000;
  const flood = setInterval(() => {
    for (const { socket } of lines)
      for (let count = 0; count < 60 && socket.readyState === socket.OPEN; count++) socket.send('421["no"]');
  }, 20);
  await Promise.all(lines.map(({ closed }) => closed));
  clearInterval(flood);
  assert.ok(Date.now() - endsAt < 5000, `${Date.now() - endsAt} ms late`);
  for (const { texts } of lines) {
    assert.ok(texts.some((text) => text.startsWith('42["session:expiring"')));
    assert.ok(
      texts.some((text) => text.startsWith('42["session:error"') && text.includes("unauthenticated")),
    );
  }
});

refusals("come in a burst after a while without any, and then in equal steps", () => {
  const pace = new Pace({ perSecond: 100, burst: 3 });
  for (const waitMs of [0, 0, 0, 10, 20]) assert.is(pace.take(1000), waitMs);
  assert.is(pace.take(1025), 5);
  for (const waitMs of [0, 0, 0, 10]) assert.is(pace.take(5000), waitMs);
});

refusals.run();
