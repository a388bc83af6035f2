/** How many connections an address and a party may have: what is refused costs nothing more. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";

const limits = suite("limits of connections");

const PATH = "/socket.io/?EIO=4&transport=websocket";

/** Opens a bare WebSocket; undefined when it is refused at the upgrade. */
async function open(hub: TestHub, forwarded?: string): Promise<WebSocket | undefined> {
  const headers = forwarded === undefined ? {} : { "X-Forwarded-For": forwarded };
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}${PATH}`, { headers });
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once("open", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  return isOpen ? socket : undefined;
}

const isThere = <T>(one: T | undefined): one is T => one !== undefined;

async function close(...sockets: WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map(async (socket) => {
      if (socket.readyState === socket.CLOSED) return;
      socket.close();
      await once(socket, "close");
    }),
  );
}

/** Tries until it is let in; the hub learns of a closed connection a moment later. */
async function openSoon(hub: TestHub, forwarded?: string): Promise<WebSocket> {
  for (;;) {
    const socket = await open(hub, forwarded);
    if (socket) return socket;
    await sleep(20);
  }
}

limits(
  "one address has 256 connections without a session, and another is let in when one has gone",
  async () => {
    const hub = await startHub();
    // Those that say nothing are closed after ten seconds, so that on a slow machine some have gone.
    const opened = (await Promise.all(Array.from({ length: 300 }, () => open(hub)))).filter(isThere);
    assert.is(opened.length, 256);
    await close(opened.pop() as WebSocket);
    opened.push(await openSoon(hub));
    await close(...opened);
    await close(await openSoon(hub));
    await hub.close();
  },
);

limits("one address has as many as are set, those with a session too", async () => {
  const hub = await startHub({ settings: { ADDRESS_CONNECTIONS: "3" } });
  const terminals = await Promise.all(["acme", "globex", "acme"].map((party) => connectTerminal(hub, party)));
  assert.is(await open(hub), undefined);
  terminals[0]?.close();
  await close(await openSoon(hub));
  for (const terminal of terminals) terminal.close();
  await hub.close();
});

limits("the address is what the trusted proxies saw, and nothing that a client says", async () => {
  const direct = await startHub({ settings: { ADDRESS_CONNECTIONS: "1" } });
  const first = await openSoon(direct, "10.0.0.1");
  assert.is(await open(direct, "10.0.0.2"), undefined, "no proxy is trusted");
  await close(first);
  await direct.close();
  const proxied = await startHub({ settings: { ADDRESS_CONNECTIONS: "1", TRUST_PROXY: "1" } });
  const [one, other] = [await openSoon(proxied, "10.0.0.1"), await openSoon(proxied, "10.0.0.2")];
  assert.is(await open(proxied, "1.2.3.4, 10.0.0.1"), undefined, "what stands before was invented");
  await close(one, other);
  await proxied.close();
});

limits(
  "one party has as many terminals as are set; more are told when to try again, and then are let in",
  async () => {
    const hub = await startHub({ settings: { PARTY_CONNECTIONS: "5" } });
    const token = await hub.token("acme");
    const bystander = await connectTerminal(hub, "globex");
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => {
        const socket = openSocket(hub.url, { auth: { token } });
        return new Promise<{ socket: typeof socket; code: string; retryAfter?: unknown }>((resolve) => {
          const refused = (
            body: { code?: string; details?: Record<string, unknown> | undefined } | undefined,
          ) => resolve({ socket, code: body?.code ?? "", retryAfter: body?.details?.retryAfter });
          socket.once("session:ready", () => resolve({ socket, code: "ready" }));
          socket.once("session:error", refused);
          socket.once("connect_error", (error: Error & { data?: { code: string } }) => refused(error.data));
        });
      }),
    );
    assert.is(answers.filter(({ code }) => code === "ready").length, 5);
    for (const { code, retryAfter } of answers.filter((answer) => answer.code !== "ready")) {
      assert.is(code, "rate_limited");
      assert.ok(Number(retryAfter) > 0);
    }
    await bystander.settle();
    for (const { socket } of answers) socket.disconnect();
    let again: RawTerminal | undefined;
    while (!again) again = await connectTerminal(hub, "acme").catch(() => undefined);
    again.close();
    bystander.close();
    await hub.close();
  },
);

limits.run();
