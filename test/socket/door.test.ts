/** What a single ordinary token can't do to the hub: the door closes before it costs anything. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { LARGEST_BACKLOG_BYTES } from "../../server/socket/fast-path/backlog.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, openSocket } from "../helpers/raw-terminal.ts";

const door = suite("the door");

const RATE = 50;
let hub: TestHub;
door.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: String(RATE), CORS_ORIGINS: "https://pay.example.com" } });
});
door.after(() => hub.close());

const PATH = "/socket.io/?EIO=4&transport=websocket";
const wsUrl = (to: TestHub) => `${to.url.replace(/^http/, "ws")}${PATH}`;

/** A bare WebSocket to a hub, with all that it was sent. */
interface Line {
  socket: WebSocket;
  texts: string[];
  closed: Promise<unknown>;
}

async function openLine(to: TestHub, headers: Record<string, string> = {}): Promise<Line> {
  const socket = new WebSocket(wsUrl(to), { headers });
  const texts: string[] = [];
  socket.on("message", (data) => texts.push(String(data)));
  const closed = once(socket, "close");
  socket.on("error", () => undefined);
  await once(socket, "open");
  return { socket, texts, closed };
}

async function openSession(to: TestHub, party: string): Promise<Line> {
  const line = await openLine(to);
  line.socket.send(`40${JSON.stringify({ token: await to.token(party) })}`);
  while (!line.texts.some((text) => text.startsWith('42["session:ready"'))) await sleep(5);
  return line;
}

door("one CONNECT is heard of a connection, and the second ends it", async () => {
  const { socket, texts, closed } = await openLine(hub);
  const connect = `40${JSON.stringify({ token: await hub.token("acme") })}`;
  for (let time = 0; time < 1000; time++) socket.send(connect);
  await closed;
  assert.ok(texts.filter((text) => text.startsWith("40")).length <= 1);
});

door("a CONNECT to a room of Socket.IO's that the hub does not have counts as well", async () => {
  const { socket, closed } = await openLine(hub);
  socket.send("40/admin,{}");
  socket.send(`40${JSON.stringify({ token: await hub.token("acme") })}`);
  await closed;
});

door("a refused token is told why, and ends the connection", async () => {
  const { socket, texts, closed } = await openLine(hub);
  socket.send('40{"token":"none"}');
  await closed;
  assert.match(texts.at(-1) ?? "", /^44\{.*"unauthenticated"/);
});

/** What somebody sends who means no good, at each time another. */
const FLOODS: { readonly [what: string]: (index: number) => string } = {
  "unknown commands": (index) => `42${index}["nothing:of","the kind"]`,
  "empty payloads": (index) => `42${index}["payer:agree",{}]`,
  "keys without end": (index) => `42${index}["payer:agree",{${'"k":1,'.repeat(1500)}"z":1}]`,
  "messages that ask for no answer": () => '42["issuance:list",{}]',
  "texts that are no packets": () => "4nothing",
  "good messages": (index) => `42${index}["issuance:sync",{"issuanceId":"0-AAAAAAAAAAAAAAAA","after":0}]`,
};

for (const [what, textOf] of Object.entries(FLOODS)) {
  door(`a flood of ${what} ends the connection, and others are served meanwhile`, async () => {
    const { socket, texts, closed } = await openSession(hub, "flooder");
    const bystander = await connectTerminal(hub, "bystander");
    const isOpen = () => socket.readyState === socket.OPEN;
    for (let index = 0; isOpen() && index < 100 * RATE; index++) {
      socket.send(textOf(index));
      if (index % 50 === 0) await sleep(1);
    }
    await closed;
    // A burst and a second's worth of messages is all that was read; the rest got the same short answer.
    const answers = texts.filter((text) => text.startsWith("43"));
    const read = answers.filter((text) => !text.includes('"rate_limited"'));
    assert.ok(read.length <= 3 * RATE + 5, `${read.length} were read`);
    assert.ok((await bystander.list()).ok);
    bystander.close();
  });
}

door("of what is refused no more than 64 KiB are read in a second, and others are served", async () => {
  const { socket, texts } = await openSession(hub, "heavy");
  const keys = FLOODS["keys without end"] as (index: number) => string;
  const sent = 4 * RATE;
  for (let index = 0; index < sent; index++) socket.send(keys(index));
  const answers = () => texts.filter((text) => text.startsWith("43"));
  // What is read later passes, or the connection is cut off.
  while (socket.readyState === socket.OPEN && answers().length < sent) await sleep(20);
  const bytes = answers().filter((text) => text.includes('"rate_limited"')).length * keys(0).length;
  // In each of two seconds, with what had been read from the line by then.
  assert.ok(bytes > 0 && bytes <= 2 * (64 + 2 * 64) * 1024, String(bytes));
  const bystander = await connectTerminal(hub, "bystander");
  assert.ok((await bystander.list()).ok);
  bystander.close();
  socket.close();
});

door("a message costs as many more as it is longer than 2 KiB", async () => {
  const { socket, texts } = await openSession(hub, "long");
  const keys = FLOODS["keys without end"] as (index: number) => string;
  const [began, sent] = [performance.now(), RATE / 2];
  for (let index = 0; index < sent; index++) socket.send(keys(index));
  const answers = () => texts.filter((text) => text.startsWith("43"));
  while (answers().length < sent) await sleep(20);
  const read = answers().filter((text) => !text.includes('"rate_limited"')).length;
  // A burst is two seconds' worth, and one of nine thousand characters is five messages.
  const most = ((2 + (performance.now() - began) / 1000) * RATE) / (1 + Math.floor(keys(0).length / 2048));
  assert.ok(read > 0 && read <= most + 1, `${read} of ${most}`);
  socket.close();
});

door("answers to the engine's and to WebSocket's own pings are counted, too", async () => {
  for (const send of [({ socket }: Line) => socket.send("3"), ({ socket }: Line) => socket.ping()]) {
    const line = await openSession(hub, "pinger");
    for (let index = 0; line.socket.readyState === line.socket.OPEN && index < 50 * RATE; index++) {
      send(line);
      if (index % 50 === 0) await sleep(1);
    }
    await line.closed;
  }
});

door("a page of a list costs as much as ten messages", async () => {
  const terminal = await connectTerminal(hub, "reader");
  const answers = await Promise.all(Array.from({ length: 20 }, () => terminal.list()));
  const served = answers.filter(({ ok }) => ok).length;
  // The bucket holds two seconds' worth.
  assert.ok(served >= 9 && served <= 11, `${served} pages were served`);
  terminal.close();
});

door("a page of a list is two calls of the store, however much is open", async () => {
  const { registry } = hub.running;
  const calls = async (script: string) => {
    const metric = await registry.getSingleMetric("tallystick_store_call_seconds")?.get();
    const found = metric?.values.find(
      ({ labels, ...value }) =>
        labels.script === script && "metricName" in value && String(value.metricName).endsWith("_count"),
    );
    return found?.value ?? 0;
  };
  const lister = await connectTerminal(hub, "lister");
  for (let index = 0; index < 30; index++)
    await lister.accepted("payer:request", {
      payer: "lister",
      amount: 1,
      currency: "CNY",
      commandId: freshId(),
    });
  const before = await calls("read-open");
  const page = await lister.list();
  assert.ok(page.ok && page.open.length === 30);
  assert.is((await calls("read-open")) - before, 1);
  lister.close();
});

const ORIGINS: readonly [what: string, origin: string | undefined, isLetIn: boolean][] = [
  ["a page of an allowed origin", "https://pay.example.com", true],
  ["a page of another origin", "https://evil.example", false],
  ["a page of an origin that begins the same", "https://pay.example.com.evil.example", false],
  ["a page of the same host over http", "http://pay.example.com", false],
  ["a sandboxed page", "null", false],
  ["what is no browser", undefined, true],
  ["a page of the hub's own", "own", true],
];

for (const [what, origin, isLetIn] of ORIGINS) {
  door(`${what} is ${isLetIn ? "let in" : "refused at the upgrade"}`, async () => {
    const own = `http://127.0.0.1:${hub.port}`;
    const headers = origin === undefined ? {} : { Origin: origin === "own" ? own : origin };
    const socket = new WebSocket(`${own.replace("http", "ws")}${PATH}`, { headers });
    const opened = await new Promise<boolean>((resolve) => {
      socket.once("open", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    assert.is(opened, isLetIn);
    socket.terminate();
  });
}

/** A connection that has been upgraded, whose other end never reads from now on. */
async function openBlindLine(to: TestHub, party: string): Promise<Socket> {
  const socket = connect(to.port, "127.0.0.1");
  await once(socket, "connect");
  const key = Buffer.from("a key of 16 byte").toString("base64");
  socket.write(
    `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await once(socket, "data");
  socket.write(frameOf(`40${JSON.stringify({ token: await to.token(party) })}`));
  let said = "";
  while (!said.includes("session:ready")) said += String((await once(socket, "data"))[0]);
  socket.pause();
  return socket;
}

/** A masked WebSocket frame of text (RFC 6455, section 5.2), with a mask of zeros. */
function frameOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length =
    bytes.length < 126
      ? Buffer.from([0x80 | bytes.length])
      : Buffer.from([0x80 | 126, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(4), bytes]);
}

door("a terminal that does not read is cut off at 1 MiB, and finds everything again on return", async () => {
  const wide = await startHub({ settings: { RATE_LIMIT: "1000000" } });
  const memo = "x".repeat(140);
  const issuer = await connectTerminal(wide, "issuer");
  const made = await issuer.accepted("payer:request", { payer: "blind", amount: 1, currency: "CNY", memo });
  const { issuanceId } = made.issuance;
  const blind = await openBlindLine(wide, "blind");
  const gone = new Promise((resolve) => blind.once("close", resolve));
  blind.on("error", () => undefined);
  const sync = frameOf(`420["issuance:sync",{"issuanceId":"${issuanceId}","after":0}]`);
  const connections = async () =>
    (await wide.running.registry.getSingleMetric("tallystick_connections_open")?.get())?.values[0]?.value;
  assert.is(await connections(), 2);
  // Each answer has some 1.2 KB; what the kernel takes in for a blind reader comes on top of the hub's limit.
  let sent = 0;
  const batch = Buffer.concat(Array.from({ length: 100 }, () => sync));
  while ((await connections()) === 2 && sent < 200_000) {
    blind.write(batch);
    sent += 100;
    await sleep(2);
  }
  assert.is(await connections(), 1);
  assert.ok(sent * 1000 > LARGEST_BACKLOG_BYTES);
  blind.resume();
  await gone;
  const again = await connectTerminal(wide, "blind");
  assert.equal(
    again.session.open.map((one) => one.issuanceId),
    [issuanceId],
  );
  again.close();
  issuer.close();
  await wide.close();
});

door("a hub stops in time though a terminal ignores the close", async () => {
  const closing = await startHub();
  const deaf = await openBlindLine(closing, "deaf");
  deaf.on("error", () => undefined);
  const socket = openSocket(closing.url, { auth: { token: await closing.token("acme") } });
  await once(socket as never, "session:ready");
  const closed = closing.close();
  const late = Symbol("late");
  // Less than the ten seconds that README gives a stopping hub, and much less than the thirty that ws would wait.
  assert.is.not(await Promise.race([closed, sleep(9000, late, { ref: false })]), late);
  socket.disconnect();
  deaf.destroy();
});

door.run();
