/** Recorded sessions at the level of Engine.IO's packets: cut, swapped, repeated, altered, and with foreign ones between. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { HUB_MESSAGES } from "@tallystick/protocol";
import fc from "fast-check";
import { WebSocket } from "ws";
import type { Kind } from "./kind.ts";
import { checkRefusal } from "./oracle.ts";
import { type Recorded, recordSessions } from "./recorded.ts";
import { PARTIES, type World } from "./world.ts";

export interface SentSession {
  /** Whose session it is. */
  by: number;
  /** The session has begun in order before the frames come. */
  begun: boolean;
  frames: (string | Uint8Array)[];
}

/** A message's number that no session has; its answer tells that all before it was read. */
const LAST = "987654321";
/** A session that has been ended in order answers nothing more, and is left after this, milliseconds. */
const PATIENCE_MS = 150;
const LONGEST_SESSION = 14;

/** Every type of packet with nothing in it, and what is almost a message. */
const CLASSICS = [
  ...[..."0123456"].flatMap((type) => [type, `4${type}`]),
  "2probe",
  "40/admin,",
  "40{",
  '40{"token":5}',
  "42[]",
  '42[""]',
  "42[null]",
  "42{}",
  '421["issuance:list"]',
  '4212345678901234567890["issuance:list",{}]',
  `42${"9".repeat(400)}["issuance:list",{}]`,
  '42-1["issuance:list",{}]',
  '42/,1["issuance:list",{}]',
  '421["__proto__",{}]',
  '421["disconnect",{}]',
  '421["error",{}]',
  '421["newListener",{}]',
  '421["issuance:list",{"__proto__":{"a":1}}]',
  '451-1["issuance:list",{"_placeholder":true,"num":0}]',
  '451-1["issuance:list",{"_placeholder":true,"num":7}]',
  '459999999-["x"]',
  "43999[]",
  '431[{"ok":true}]',
  `421["issuance:list",${"[".repeat(5000)}`,
  "x".repeat(20_000),
];

export const FRAMES: Kind<SentSession> = {
  name: "frames",
  weight: 2,
  open: async (world) => {
    const recorded = await recordSessions(world);
    return {
      cases: sessionsOf(recorded),
      feed: async (session) => {
        await sendSession(world, recorded, session);
        return session.frames.length;
      },
      close: async () => undefined,
    };
  },
};

function sessionsOf(recorded: Recorded): fc.Arbitrary<SentSession> {
  return fc.nat(PARTIES.length - 1).chain((by) => {
    const whole = recorded[by] ?? [];
    const real = fc.nat(whole.length - 1).map((index) => whole[index] as string);
    const altered = fc
      .tuple(real, fc.nat(300), fc.nat(8), fc.string({ maxLength: 6 }))
      .map(([text, at, length, more]) => text.slice(0, at) + more + text.slice(at + length));
    const bytes = fc.uint8Array({ maxLength: 80 });
    const frame = fc.oneof(
      { weight: 6, arbitrary: real },
      { weight: 8, arbitrary: altered },
      { weight: 4, arbitrary: fc.constantFrom(...CLASSICS) },
      { weight: 1, arbitrary: bytes },
      { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: "binary" }) },
    );
    // In order as it was, from somewhere on, and then whatever comes.
    const start = fc.nat(whole.length - 1).map((from) => whole.slice(from, from + LONGEST_SESSION / 2));
    const frames = fc
      .tuple(fc.oneof(start, fc.constant([])), fc.array(frame, { minLength: 1, maxLength: LONGEST_SESSION }))
      .map(([first, then]) => [...first, ...then]);
    return fc.record({ by: fc.constant(by), begun: fc.boolean(), frames });
  });
}

async function sendSession({ hub }: World, recorded: Recorded, session: SentSession): Promise<void> {
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const texts: string[] = [];
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  const answered = new Promise((resolve) => {
    socket.on("message", (data) => {
      const text = String(data);
      texts.push(text);
      if (text.startsWith(`43${LAST}`)) resolve(undefined);
    });
  });
  await Promise.race([once(socket, "open"), closed]);
  const { by, begun, frames } = session;
  const send = (frame: string | Uint8Array) => socket.readyState === socket.OPEN && socket.send(frame);
  if (begun) send(recorded[by]?.[0] as string);
  for (const frame of frames) send(frame);
  send(`42${LAST}["issuance:list",{}]`);
  await Promise.race([answered, closed, sleep(PATIENCE_MS)]);
  socket.terminate();
  await closed;
  for (const text of texts) checkText(text);
}

/** Whatever came of the hub's is what the protocol has. */
function checkText(text: string): void {
  if (text.startsWith("43")) {
    const [answer, ...more] = JSON.parse(text.slice(text.indexOf("["))) as { ok: boolean; error?: unknown }[];
    if (!answer || more.length > 0) throw new Error(`no answer: ${text}`);
    if (answer.ok !== true) checkRefusal(answer.error, "a frame");
  } else if (text.startsWith("42")) {
    const [name = "", told] = JSON.parse(text.slice(2)) as [string, unknown];
    if (!(name in HUB_MESSAGES)) throw new Error(`the hub told ${text}`);
    HUB_MESSAGES[name as keyof typeof HUB_MESSAGES].parse(told);
  } else if (text.startsWith("44")) {
    const { data } = JSON.parse(text.slice(text.indexOf("{"))) as { data?: unknown };
    // Socket.IO's own, for a namespace that is not there, has no data.
    if (data !== undefined) checkRefusal(data, "a session");
  }
}
