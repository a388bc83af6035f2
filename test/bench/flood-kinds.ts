/** The floods: what a party, or a stranger, sends that does not mean well. Each goes on until its process is killed. */
import { setImmediate as turn } from "node:timers/promises";
import { WebSocket } from "ws";
import { account, identityOf } from "./connect-pairs.ts";
import { openLine } from "./line.ts";
import { actAsPayer, freshCommandId } from "./negotiate.ts";

/** What has been sent so far, and what came of it. */
export interface Sent {
  messages: number;
  accepted: number;
  refused: number;
}

export interface Flood {
  url: string;
  /** How many messages a second, where that matters. */
  perSecond: number;
  sent: Sent;
}

/** The payer of whom an issuer wants to know the balance: the one after the bystanders'. */
const PROBED = "payer-10";
const PARTY = "flooder";
const CONNECTIONS = 20;
/** How many connect at once. */
const AT_ONCE = 50;
/** Bytes that wait to be sent: no client holds more than that ready. */
const BACKLOG_BYTES = 256 * 1024;
/** Parties that ask for more than the hub carries together, each for less than it may. */
const CROWD = 200;
const PAYERS = 1000;
/** Each of the crowd asks all payers in turn, so that none has too many open with one of them (OPEN_PER_PAIR). */
const payerOf = (nth: number) => `asked-${(7 * nth + Math.floor(nth / CROWD)) % PAYERS}`;
/** As many at once as keep a hub busy, and no more. */
const FEW = 64;
const TICK_MS = 10;
const PROBES_AT_ONCE = 10;

/** `42<id>[name,payload]`: a message that asks for an answer. */
const message = (id: number, name: string, payload: object) =>
  `42${id}["${name}",${JSON.stringify(payload)}]`;

export const FLOODS = {
  /** Twelve kilobytes that no message may have, from one token's connections, as fast as it goes. */
  payloads: ({ url, sent }: Flood) => {
    const junk = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`key-${index}`, "junk-junk"]));
    const text = message(1, "payer:request", junk);
    return pour(url, sent, () => text);
  },
  /** Pages of a list, likewise. */
  lists: ({ url, sent }: Flood) => {
    const text = message(1, "issuance:list", {});
    return pour(url, sent, () => text);
  },
  /** Requests to one payer, likewise. */
  requests: ({ url, sent }: Flood) => pour(url, sent, () => message(1, "payer:request", requestTo("victim"))),
  /** Sessions that begin and end. */
  connects: async ({ url, sent }: Flood) => {
    const { token } = await identityOf(PARTY);
    for (let one = 0; one < AT_ONCE; one++) void over(() => visit(url, token, sent));
  },
  /** Tokens that nobody has signed. */
  tokens: async ({ url, sent }: Flood) => {
    const { token } = await identityOf(PARTY);
    for (let one = 0; one < AT_ONCE; one++)
      void over(() => visit(url, token.replace(/\.[^.]*$/, ".forged"), sent));
  },
  /** An issuer that asks a payer, who answers by itself, for this amount and that, and cancels what is verified. */
  probing: async ({ url, sent }: Flood) => {
    const [issuer, payer] = [
      await openLine(url, await identityOf(PARTY)),
      await openLine(url, await identityOf(PROBED)),
    ];
    actAsPayer(payer, account);
    const ask = () => {
      sent.messages += 1;
      issuer.send("payer:request", requestTo(PROBED), (answer) =>
        answer.ok ? undefined : setTimeout(ask, TICK_MS),
      );
    };
    issuer.onEvent = ({ type, issuanceId }) => {
      const send = (name: string) =>
        issuer.send(name, { commandId: freshCommandId(), issuanceId }, () => undefined);
      if (type === "payer.agreed") send("issuance:open");
      // Where no more accounts may be verified, it is not told so, and begins anew after a while.
      if (type === "payer.agreed") setTimeout(ask, 10 * TICK_MS);
      if (type === "account.verified") sent.accepted += 1;
      if (type === "account.verified") send("issuance:cancel");
    };
    for (let one = 0; one < PROBES_AT_ONCE; one++) ask();
  },
  /** Requests of many parties, each when the one before has been answered: no flood, but as many as there is room for. */
  closed: async ({ url, sent }: Flood) => {
    for (let index = 0; index < FEW; index++) {
      const socket = await enter(url, (await identityOf(`few-${index}`)).token, sent);
      const ask = () => {
        sent.messages += 1;
        socket.send(message(1, "payer:request", requestTo(`asked-${sent.messages % PAYERS}`)));
      };
      socket.on("message", (data: Buffer) => data.toString("latin1", 0, 2) === "43" && ask());
      ask();
    }
  },
  /** Requests of many parties, none of which does what it may not, at a rate that is too much together. */
  crowd: async ({ url, sent, perSecond }: Flood) => {
    const crowd: WebSocket[] = [];
    for (let index = 0; index < CROWD; index++)
      crowd.push(await enter(url, (await identityOf(`crowd-${index}`)).token, sent));
    let next = 0;
    const started = performance.now();
    setInterval(() => {
      const due = ((performance.now() - started) * perSecond) / 1000;
      while (sent.messages < due) {
        const socket = crowd[next % CROWD] as WebSocket;
        // What can't be sent, since the hub reads no more, was offered all the same.
        sent.messages += 1;
        if (socket.bufferedAmount < BACKLOG_BYTES)
          socket.send(message(1, "payer:request", requestTo(payerOf(next))));
        next += 1;
      }
    }, TICK_MS);
  },
} as const;
export type FloodName = keyof typeof FLOODS;

function requestTo(payer: string) {
  return { commandId: freshCommandId(), payer, amount: 1 + Math.floor(Math.random() * 1e6), currency: "CNY" };
}

/** Does it again and again, whatever comes of it. */
async function over(act: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await act().catch(() => undefined);
    await turn();
  }
}

/** Sends over all connections of a token as fast as they take it; those that are cut off come back. */
async function pour(url: string, sent: Sent, next: () => string): Promise<void> {
  const { token } = await identityOf(PARTY);
  const one = async () => {
    const socket = await enter(url, token, sent);
    while (socket.readyState === WebSocket.OPEN) {
      for (let count = 0; count < 20 && socket.bufferedAmount < BACKLOG_BYTES; count++) {
        socket.send(next());
        sent.messages += 1;
      }
      await turn();
    }
  };
  for (let index = 0; index < CONNECTIONS; index++) void over(one);
}

async function visit(url: string, token: string, sent: Sent): Promise<void> {
  sent.messages += 1;
  const socket = await enter(url, token, sent);
  sent.accepted += 1;
  socket.terminate();
}

/** Opens a session; rejects when it is refused. */
function enter(url: string, token: string, sent: Sent): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", reject);
    socket.on("message", (data: Buffer) => {
      const text = data.toString("latin1", 0, 20);
      if (text.startsWith("0{")) socket.send(`40${JSON.stringify({ token })}`);
      else if (text.startsWith('42["session:ready"')) resolve(socket);
      else if (text === "2") socket.send("3");
      else if (/^43\d+\[\{"ok":true/.test(text)) sent.accepted += 1;
      else if (text.startsWith("43")) sent.refused += 1;
    });
  });
}
