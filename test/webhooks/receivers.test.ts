// about 63 s, mostly waiting
/** Receivers that are slow, down, hostile or gone harm no other, and lose nothing. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { refusedWith } from "../http/client.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { inOrder, openWebhookScene, type WebhookScene } from "./webhook-scene.ts";

const receivers = suite("receivers of webhooks");

let scene: WebhookScene;
const log: string[] = [];
receivers.before(async () => {
  scene = await openWebhookScene(`file:${temporaryFolder()}/archive.db`, {
    settings: { LOG_LEVEL: "debug" },
    onLog: (line) => log.push(line),
  });
});
receivers.after(async () => {
  await scene.close();
});

let endpoints = 0;

/** A receiver that takes everything, beside those that don't. */
async function putGood(): Promise<Receiver> {
  const good = await startReceiver();
  endpoints += 1;
  await scene.put(`good-${endpoints}`, { url: good.url });
  return good;
}

async function remove(id: string): Promise<void> {
  await scene.ask("DELETE", `/v1/webhooks/${id}`);
}

receivers("that refuse one subject are told of the others, and of that one again, in its order", async () => {
  const picky = await startReceiver();
  await scene.put("picky", { url: picky.url });
  let refusedOnce = "";
  picky.answer = ({ event }, response) => {
    refusedOnce ||= event.subject;
    const attempts = picky.got.filter((one) => one.event.id === event.id).length;
    const isRefused = event.subject === refusedOnce && attempts < 3;
    response.writeHead(isRefused ? 422 : 200).end();
  };
  await scene.twoEvents();
  const second = await scene.twoEvents();
  await scene.delivery("picky", ({ subject, state }) => subject === second && state === "delivered");
  await scene.delivery(
    "picky",
    ({ subject, state, version }) => subject === refusedOnce && state === "delivered" && version === 2,
  );
  inOrder(picky.got.map(({ event }) => event));
  const attempts = picky.got.filter(({ event }) => event.subject === refusedOnce);
  assert.equal(
    attempts.map(({ event }) => Number(event.sequence)),
    [1, 1, 1, 2, 2, 2],
  );
  // The same event has the same id with each attempt, and a signature of its own time.
  assert.is(new Set(attempts.slice(0, 3).map(({ headers }) => headers["webhook-id"])).size, 1);
  await remove("picky");
  await picky.close();
});

receivers(
  "that are slow get several events at once, one of a subject; that fail, one at a time",
  async () => {
    const slow = await startReceiver();
    const held: (() => void)[] = [];
    slow.answer = (_got, response) => void held.push(() => response.writeHead(200).end());
    await scene.put("slow", { url: slow.url });
    const good = await putGood();
    for (let count = 0; count < 4; count++) await scene.twoEvents();
    await good.count(8);
    await slow.count(4);
    assert.is(slow.open.now, 4);
    assert.is(new Set(slow.got.map(({ event }) => event.subject)).size, 4);
    slow.answer = (_got, response) => void response.writeHead(503).end();
    for (const answer of held.splice(0)) answer();
    await slow.count(8);
    slow.open.most = 0;
    await scene.put("slow", { url: slow.url });
    for (let count = 0; count < 3; count++) await scene.twoEvents();
    await slow.count(14);
    assert.is(slow.open.most, 1);
    await remove("slow");
    await slow.close();
    await good.close();
  },
);

receivers(
  "that answer 410 are told nothing more, until they are put again; then nothing is missing",
  async () => {
    const gone = await startReceiver();
    await scene.put("gone", { url: gone.url });
    gone.answer = (_got, response) => void response.writeHead(410).end();
    await scene.twoEvents();
    await gone.count(1);
    const isEnded = async () => "endedAt" in JSON.parse((await scene.ask("GET", "/v1/webhooks/gone")).text);
    while (!(await isEnded())) await sleep(20);
    const good = await putGood();
    await scene.twoEvents();
    await good.count(2);
    assert.is(gone.got.length, 1);
    gone.answer = (_got, response) => void response.writeHead(200).end();
    await scene.put("gone", { url: gone.url });
    const got = await gone.count(5);
    assert.is(new Set(got.slice(1).map(({ event }) => event.id)).size, 4);
    await remove("gone");
    await gone.close();
    await good.close();
  },
);

receivers("that redirect are not followed", async () => {
  const elsewhere = await startReceiver();
  const moved = await startReceiver();
  moved.answer = (_got, response) => void response.writeHead(302, { location: elsewhere.url }).end();
  await scene.put("moved", { url: moved.url });
  await scene.twoEvents();
  const { reason } = await scene.delivery("moved", ({ attempts }) => attempts > 0);
  assert.is(reason, "answered 302");
  assert.equal(elsewhere.got, []);
  await remove("moved");
  await moved.close();
  await elsewhere.close();
});

/** Receivers that are none, each by what it does with a connection. */
const HOSTILE: readonly [name: string, serve: (socket: Socket) => void, reason: RegExp | undefined][] = [
  ["closes at once", (socket) => socket.destroy(), /ECONNRESET|socket hang up/],
  ["speaks no HTTP", (socket) => socket.end("220 mail\r\n"), /HPE_|Parse|ECONNRESET/],
  [
    "has heads without end",
    (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "x: yyyyyyyyyyyyyyyyyyyyyyyy\r\n"),
    /HPE_/,
  ],
  [
    "never ends its answer",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"),
    undefined,
  ],
  [
    "answers without measure",
    (socket) => flood(socket, "HTTP/1.1 200 OK\r\n\r\n", "y".repeat(65_536)),
    undefined,
  ],
];

function flood(socket: Socket, head: string, more: string): void {
  socket.write(head);
  const go = () => {
    while (!socket.destroyed && socket.write(more));
  };
  socket.on("drain", go);
  go();
}

receivers("that are none are noticed, and the others are told meanwhile", async () => {
  const servers = await Promise.all(
    HOSTILE.map(async ([, serve]) => {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.once("data", () => serve(socket));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return { server, sockets, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
    }),
  );
  for (const [index, { url }] of servers.entries()) await scene.put(`hostile-${index}`, { url });
  const good = await putGood();
  await scene.twoEvents();
  await good.count(2);
  for (const [index, [name, , reason]] of HOSTILE.entries()) {
    const one = await scene.delivery(`hostile-${index}`, ({ attempts }) => attempts > 0);
    assert.is(one.state === "delivered", reason === undefined, `${name}: ${one.reason}`);
    if (reason) assert.match(one.reason ?? "", reason, name);
    await remove(`hostile-${index}`);
  }
  for (const { server, sockets } of servers) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  await good.close();
});

receivers("that are down get all that they missed, in order, once they are back", async () => {
  const before = await startReceiver();
  const { port } = new URL(before.url);
  await scene.put("down", { url: before.url });
  await before.close();
  for (let count = 0; count < 6; count++) await scene.twoEvents();
  await scene.delivery("down", ({ attempts, reason }) => attempts > 0 && reason === "ECONNREFUSED");
  const after = await startReceiver(Number(port));
  const got = await after.count(12);
  assert.is(new Set(got.map(({ event }) => event.id)).size, 12);
  inOrder(got.map(({ event }) => event));
  await remove("down");
  await after.close();
});

receivers("are refused where they may not be, when they are put", async () => {
  await scene.close();
  scene = await openWebhookScene(`file:${temporaryFolder()}/archive.db`, {
    settings: { WEBHOOK_ALLOW_PRIVATE: "no" },
  });
  for (const url of [
    "http://8.8.8.8/",
    "https://127.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://a:b@8.8.8.8/",
  ]) {
    const problem = refusedWith(await scene.ask("PUT", "/v1/webhooks/bad", { url }), 400, "invalid_request");
    assert.match(problem.detail, /^url: /);
  }
  for (const body of [
    {},
    { url: "https://8.8.8.8/", types: [] },
    { url: "https://8.8.8.8/", types: ["bored"] },
  ])
    refusedWith(await scene.ask("PUT", "/v1/webhooks/bad", body), 400, "invalid_request");
  refusedWith(await scene.ask("GET", "/v1/webhooks/bad"), 404, "not_found");
});

receivers("have secrets that no log line has", () => {
  assert.not.match(log.join("\n"), /whsec_/);
});

receivers.run();
