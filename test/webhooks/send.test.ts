/** An attempt ends, whatever the endpoint answers. */
import { getEventListeners, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { send } from "../../server/webhooks/send.ts";

const attempts = suite("an attempt to deliver");

const SWITCHES = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n";

/** What an attempt comes to where these bytes are answered. @param signal that would break it off. */
async function sentTo(answer: string, signal = new AbortController().signal) {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sent = await send({ url, headers: {}, body: "{}" }, { allowPrivate: true }, signal);
  server.close();
  return sent;
}

attempts("ends with whatever is answered", async () => {
  assert.equal(await sentTo("HTTP/1.1 204 No Content\r\n\r\n"), { kind: "answered", status: 204 });
  assert.equal(await sentTo("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"), { kind: "answered", status: 302 });
  assert.equal(await sentTo(SWITCHES), { kind: "answered", status: 101 });
  for (const answer of ["", "HTTP/1.1 100 Continue\r\n\r\n", "\0\r\n\r\n", "HTTP/1.1 200 OK\r\nX"])
    assert.is((await sentTo(answer)).kind, "unanswered", answer);
});

/** What Node keeps at a signal beside its listeners, such as the signals that follow it. */
function keptAt(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).map((name) => Reflect.get(signal, name));
  return kept.reduce((count, one) => count + (one?.size ?? 0), 0);
}

attempts("leaves nothing of itself at a signal that outlives it", async () => {
  const { signal } = new AbortController();
  await sentTo("HTTP/1.1 204 No Content\r\n\r\n", signal);
  await sentTo("", signal);
  assert.is(keptAt(signal), 0);
  assert.equal(getEventListeners(signal, "abort"), []);
});

attempts.run();
