/** What the hub reads and writes itself is what Socket.IO would, and whatever has another form still goes its way. */
import { once } from "node:events";
import type { CommandAck } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { startHub, type TestHub } from "../../helpers/hub.ts";
import { openScene, type Scene } from "../../hub/scene.ts";

const messages = suite("messages");

let hub: TestHub;
let scene: Scene;
messages.before(async () => {
  hub = await startHub();
  scene = await openScene(hub);
});
messages.after(async () => {
  scene.close();
  await hub.close();
});

/** A connection that speaks Engine.IO and Socket.IO by hand. */
interface Line {
  send(text: string | Buffer): void;
  /** The next text that begins so. */
  next(start: string): Promise<string>;
  /** Becomes the party's terminal, and waits for `session:ready`. */
  begin(party: string): Promise<void>;
  /** Says goodbye, and waits until it has been heard; the connection stays. */
  end(): Promise<void>;
  close(): void;
}

async function openLine(): Promise<Line> {
  const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
  const texts: string[] = [];
  const waiting = new Set<() => void>();
  const awake = () => {
    for (const look of [...waiting]) look();
  };
  socket.on("message", (data) => {
    texts.push(String(data));
    awake();
  });
  socket.once("close", awake);
  const next = (start: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const index = texts.findIndex((text) => text.startsWith(start));
        if (index < 0 && socket.readyState === socket.OPEN) return;
        waiting.delete(look);
        if (index < 0) reject(new Error(`closed before ${start} came`));
        else resolve(texts.splice(index, 1)[0] as string);
      };
      waiting.add(look);
      if (socket.readyState !== socket.CONNECTING) look();
    });
  socket.once("open", awake);
  await next("0");
  return {
    next,
    send: (text) => socket.send(text),
    begin: async (party) => {
      socket.send(`40${JSON.stringify({ token: await hub.token(party) })}`);
      await next("40");
      await next('42["session:ready"');
    },
    end: async () => {
      socket.send("41");
      // Socket.IO heeds a goodbye a turn late, and ends a connection on which somebody else comes before that.
      // The pong leaves in the turn in which the goodbye arrived, so what follows it comes in a later one.
      socket.ping();
      await once(socket, "pong");
    },
    close: () => socket.close(),
  };
}

/** What is acknowledged under this id. */
async function answerTo(line: Line, id: string): Promise<CommandAck> {
  const [answer, ...more] = JSON.parse((await line.next(`43${id}[`)).slice(2 + id.length));
  assert.is(more.length, 0);
  return answer;
}

/** Waits until a message has ended the connection, and has not been answered. */
async function endedBy(line: Line, frame: string): Promise<void> {
  line.send(frame);
  const text = await line.next("4").catch((error: Error) => error.message);
  assert.is(text, "closed before 4 came");
}

/** What a terminal may say, and the code it is refused with, or ok. */
const SAID: [what: string, args: (issuanceId: string) => unknown[], code: string][] = [
  ["a query", (issuanceId) => ["issuance:sync", { issuanceId, after: 0 }], "ok"],
  ["a list", () => ["issuance:list", {}], "ok"],
  ["a command", (issuanceId) => ["payer:agree", { commandId: "agree", issuanceId }], "ok"],
  ["a repeated command", (issuanceId) => ["payer:agree", { commandId: "agree", issuanceId }], "ok"],
  ["text beyond ASCII", (issuanceId) => ["payer:agree", { commandId: "é", issuanceId }], "invalid_request"],
  ["a name that is none", (issuanceId) => ["payer:argue", { issuanceId }], "invalid_request"],
  ["a name of every object", () => ["__proto__", {}], "invalid_request"],
  ["no payload", () => ["payer:agree"], "invalid_request"],
  ["two payloads", () => ["issuance:list", {}, {}], "invalid_request"],
  ["a payload that is none", () => ["issuance:list", null], "invalid_request"],
];
for (const [what, args, code] of SAID) {
  messages(`${what} is answered alike, whoever reads it`, async () => {
    const { issuanceId } = await scene.request({ memo: "华夏贸易 – Invoice 🧾" });
    const line = await openLine();
    await line.begin(scene.payer.party);
    const content = JSON.stringify(args(issuanceId));
    line.send(`427${content}`);
    const short = await answerTo(line, "7");
    // The namespace that everybody is in may be named, which the hub leaves to Socket.IO.
    line.send(`42/,8${content}`);
    const general = await answerTo(line, "8");
    assert.equal(general, short);
    assert.is(short.ok ? "ok" : short.error.code, code);
    line.close();
  });
}

messages("a message that asks for no answer is told so, and does nothing", async () => {
  const { issuanceId } = await scene.request();
  const line = await openLine();
  await line.begin(scene.payer.party);
  line.send(`42["payer:agree",{"commandId":"agree","issuanceId":"${issuanceId}"}]`);
  assert.match(await line.next('42["session:error"'), /payer:agree came without an acknowledgement/);
  const sync = await scene.issuer.sync(issuanceId);
  assert.is(sync.ok && sync.issuance.state, "proposed");
  line.close();
});

messages("names that belong to Socket.IO end the connection, with an id too", async () => {
  for (const frame of ['420["disconnect"]', '420["connect",{}]', "420[]", "420{}", '420["payer:agree"']) {
    const line = await openLine();
    await line.begin("reserved");
    await endedBy(line, frame);
  }
});

messages("a message without a name is refused", async () => {
  const line = await openLine();
  await line.begin("nameless");
  for (const [id, content] of ["", "[7]"].entries()) {
    line.send(`42${id}${content}`);
    const answer = await answerTo(line, String(id));
    assert.is(answer.ok ? "ok" : answer.error.code, "invalid_request");
  }
  line.close();
});

messages("nothing is taken before the terminal has said who it is", async () => {
  const line = await openLine();
  await endedBy(line, '420["issuance:list",{}]');
});

messages(
  "a terminal that has said goodbye is answered no more, and may not come again over its connection",
  async () => {
    const line = await openLine();
    await line.begin("come-and-go");
    line.send('421["issuance:list",{}]');
    assert.ok((await answerTo(line, "1")).ok);
    await line.end();
    await endedBy(line, "40{}");
  },
);

messages("an event tells every terminal the same, in ASCII or not", async () => {
  const line = await openLine();
  await line.begin(scene.payer.party);
  for (const memo of ["Invoice 2026-1184", "发票 🧾", "ÿ", "\\\"'"]) {
    const { issuanceId } = await scene.request({ memo });
    const told = await scene.payer.told(issuanceId, "payer.requested");
    const [name, event, ...more] = JSON.parse((await line.next('42["issuance:event"')).slice(2));
    assert.equal([name, event, more], ["issuance:event", told, []]);
    assert.is(event.memo, memo);
  }
  line.close();
});

messages.run();
