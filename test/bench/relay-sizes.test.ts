/** The relay is a fair measure only while its messages are as large as the hub's. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectPairs } from "./connect-pairs.ts";
import { type OpenLine, openClient } from "./line.ts";
import { startMeasuredHub } from "./measure.ts";
import { startServer } from "./server-process.ts";

const sizes = suite("the relay's messages");

/** Opens lines of Socket.IO's client, and notes the length of each message that comes: `event` or the command, and bytes. */
function measuring(lengths: Map<string, number>): OpenLine {
  return async (url, auth) => {
    const line = await openClient(url, auth);
    let told: typeof line.onEvent = () => undefined;
    line.onEvent = (event) => {
      lengths.set(event.type, JSON.stringify(event).length);
      told(event);
    };
    return {
      ...line,
      get onEvent() {
        return told;
      },
      set onEvent(listener: typeof line.onEvent) {
        told = listener;
      },
      send: (name, payload, answered) =>
        line.send(name, payload, (answer) => {
          lengths.set(name, JSON.stringify(answer.whole()).length);
          answered(answer);
        }),
    };
  };
}

/** The negotiation ends with an event; the answer to its last command may come after it. */
async function untilAll(lengths: ReadonlyMap<string, number>): Promise<void> {
  while (lengths.size < 10) await setTimeout(5);
}

sizes("are as large as the hub's, each within a twentieth", async () => {
  const [ofHub, ofRelay] = [new Map<string, number>(), new Map<string, number>()];
  const circle = { pairs: 1, first: 100 };
  const hub = await startMeasuredHub({ ...circle, payers: 101, open: measuring(ofHub) });
  await hub.pairs.list[0]?.negotiate();
  await untilAll(ofHub);
  await hub.stop();
  const relay = await startServer("./relay-server.ts");
  const pairs = await connectPairs({ ...circle, url: relay.url, open: measuring(ofRelay) });
  await pairs.list[0]?.negotiate();
  await untilAll(ofRelay);
  pairs.close();
  await relay.stop();
  for (const [name, length] of ofHub) {
    const relayed = ofRelay.get(name) ?? 0;
    assert.ok(
      Math.abs(relayed - length) <= length / 20,
      `${name}: ${length} of the hub, ${relayed} of the relay`,
    );
  }
});

sizes.run();
