/** Connections that are no good: bad tokens, other transports, frames that are too large or make no sense. */
import { SignJWT } from "jose";
import type { Socket } from "socket.io-client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";
import { openScene } from "../hub/scene.ts";

const hostile = suite("hostile connections");

const SECRET = "the secret of these tests, of 32 bytes or more";
const LARGEST_MESSAGE_BYTES = 16 * 1024;

let hub: TestHub;
/** Somebody else, who has to be served whatever others send. */
let bystander: RawTerminal;
hostile.before(async () => {
  hub = await startHub({ settings: { JWT_SECRET: SECRET } });
  bystander = await connectTerminal(hub, "bystander");
});
hostile.after(async () => {
  bystander.close();
  await hub.close();
});
hostile.after.each(() => bystander.settle());

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

function sign(claims: object, secret = SECRET, alg = "HS256"): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

const BAD_TOKENS: [what: string, token: () => unknown][] = [
  ["no token", () => undefined],
  ["an empty token", () => ""],
  ["a token of null", () => null],
  ["a number for a token", () => 5],
  ["an object for a token", () => ({ sub: "acme" })],
  ["a token that is no JWT", () => "nonsense"],
  ["a token of 10,000 letters", () => "x".repeat(10_000)],
  ["an expired token", () => sign({ sub: "acme", exp: inAnHour() - 7200 })],
  ["a token that is not good yet", () => sign({ sub: "acme", exp: inAnHour(), nbf: inAnHour() - 60 })],
  ["a token without an end", () => sign({ sub: "acme" })],
  ["a token without a party", () => sign({ exp: inAnHour() })],
  ["a token of no party's id", () => sign({ sub: "Acme Ltd", exp: inAnHour() })],
  [
    "a token of another secret",
    () => sign({ sub: "acme", exp: inAnHour() }, "another secret, also of 32 bytes or more"),
  ],
  ["a token of another algorithm", () => sign({ sub: "acme", exp: inAnHour() }, SECRET.repeat(2), "HS512")],
  ["an unsigned token", () => `${encode({ alg: "none" })}.${encode({ sub: "acme", exp: inAnHour() })}.`],
  [
    "an operator's token without the scope of terminals",
    () => sign({ sub: "acme", exp: inAnHour(), scope: "operator" }),
  ],
  ["a token with a scope that is no text", () => sign({ sub: "acme", exp: inAnHour(), scope: ["terminal"] })],
];

function refusedWith(socket: Socket): Promise<Error & { data?: { code?: string; message?: string } }> {
  return new Promise((resolve, reject) => {
    socket.once("connect_error", resolve);
    socket.once("connect", () => reject(new Error("it was let in")));
  });
}

for (const [what, token] of BAD_TOKENS) {
  hostile(`${what} is refused as unauthenticated`, async () => {
    const socket = openSocket(hub.url, { auth: { token: await token() } as { token: unknown } });
    const error = await refusedWith(socket);
    socket.disconnect();
    assert.is(error.data?.code, "unauthenticated");
    assert.is(error.data?.message, error.message);
    assert.not.match(error.message, /secret of these tests/);
  });
}

for (const scope of ["terminal", "terminal operator", undefined]) {
  hostile(`a token with the scope ${scope ?? "left out"} is let in`, async () => {
    const token = await sign({ sub: "acme", exp: inAnHour(), ...(scope && { scope }) });
    const socket = openSocket(hub.url, { auth: { token } });
    await new Promise<void>((resolve, reject) => {
      socket.once("session:ready", () => resolve());
      socket.once("connect_error", reject);
    });
    socket.disconnect();
  });
}

hostile("polling is refused: the wire is WebSocket alone", async () => {
  const response = await fetch(`${hub.url}/socket.io/?EIO=4&transport=polling`);
  assert.is(response.status, 400);
  assert.match(
    ((await response.json()) as { message: string }).message,
    /WebSocket only.*transports: \["websocket"\]/,
  );
  const socket = openSocket(hub.url, { transports: ["polling"], auth: { token: await hub.token("acme") } });
  await refusedWith(socket);
  socket.disconnect();
});

interface Line {
  send(frame: string | Buffer): void;
}

/** The bare WebSocket under a terminal, for frames that Socket.IO's client would not send. */
function lineOf(terminal: RawTerminal): Line {
  return (terminal.socket.io.engine.transport as unknown as { ws: Line }).ws;
}

function closedWith(terminal: RawTerminal): Promise<number> {
  return new Promise((resolve) => {
    terminal.socket.once("disconnect", (_, details) => {
      resolve(((details as { context?: { code?: number } }).context?.code ?? 0) as number);
    });
  });
}

hostile("a message over the size limit closes its connection with 1009 and does nothing", async () => {
  const scene = await openScene(hub);
  const closed = closedWith(scene.issuer);
  const memo = "x".repeat(LARGEST_MESSAGE_BYTES);
  const request = { commandId: "large", payer: scene.payer.party, amount: 1, currency: "CNY", memo };
  scene.issuer.socket.emit("payer:request", request, () => undefined);
  assert.is(await closed, 1009);
  const list = await scene.payer.list();
  assert.ok(list.ok && list.open.length === 0);
  scene.close();
});

hostile("a message just within the size limit is read, and refused for what is in it", async () => {
  const terminal = await connectTerminal(hub, "large");
  const answer = await terminal.send("payer:request", { memo: "x".repeat(LARGEST_MESSAGE_BYTES - 200) });
  assert.is((answer as { error: { code: string } }).error.code, "invalid_request");
  terminal.close();
});

hostile("a message that announces more parts than any has is cut off", async () => {
  const terminal = await connectTerminal(hub, "attachments");
  const closed = closedWith(terminal);
  lineOf(terminal).send('451000000-["payer:request",{"_placeholder":true,"num":0}]');
  await closed;
});

const NONSENSE: [what: string, frame: string | Buffer][] = [
  ["an unknown type of Engine.IO", "9"],
  ["an unknown type of Socket.IO", "49"],
  ["half a message", '42["payer:agree"'],
  ["a message that is no list", "42{}"],
  ["an empty list", "42[]"],
  ["a list without a name", "42[null]"],
  ["a name that Socket.IO keeps for itself", '42["disconnect"]'],
  ["another reserved name", '42["connect_error",{}]'],
  ["an acknowledgement that nobody waits for", "4377[{}]"],
  ["an acknowledgement of __proto__", "43__proto__[{}]"],
  ["a second connection with another token", '40{"token":"x"}'],
  ["another namespace", '40/admin,{"token":"x"}'],
  ["a message to another namespace", '42/admin,["payer:agree",{}]'],
  ["a binary frame that nobody announced", Buffer.from("nonsense")],
  ["a placeholder that points nowhere", '451-["payer:request",{"_placeholder":true,"num":7}]'],
  ["deeply nested lists", `42["payer:request",${"[".repeat(5000)}${"]".repeat(5000)}]`],
  ["a negative count of parts", '45-1-["payer:request"]'],
  ["nothing at all", ""],
];
for (const [what, frame] of NONSENSE) {
  hostile(`a frame with ${what} harms nobody else`, async () => {
    const terminal = await connectTerminal(hub, "nonsense");
    const ended = new Promise((resolve) => terminal.socket.once("disconnect", resolve));
    lineOf(terminal).send(frame);
    if (frame.includes("_placeholder")) lineOf(terminal).send(Buffer.from("part"));
    // Either the line is cut, or it goes on and messages are answered over it.
    await Promise.race([ended, terminal.settle().catch(() => undefined)]);
    terminal.close();
    await bystander.settle();
  });
}

hostile("a connection that never says who it is gets nothing", async () => {
  const watcher = await connectTerminal(hub, "acme");
  const socket = openSocket(hub.url, { autoConnect: false });
  const frames: unknown[] = [];
  await new Promise<void>((resolve) => {
    socket.io.open(() => {
      socket.io.engine.on("packet", ({ data }: { data?: unknown }) => frames.push(data));
      resolve();
    });
  });
  const line = (socket.io.engine.transport as unknown as { ws: Line }).ws;
  line.send('42["payer:request",{"commandId":"x","payer":"acme","amount":1,"currency":"CNY"}]');
  line.send('420["issuance:list",{}]');
  await watcher.settle();
  assert.equal(watcher.events, []);
  assert.equal(
    frames.filter((frame) => frame !== undefined),
    [],
  );
  socket.io.engine.close();
  watcher.close();
});

hostile.run();
