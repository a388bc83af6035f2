/** Raw clients that negotiate, the same code against every server: 5 commands, 15 messages. */
import { io, type Socket } from "socket.io-client";

/** An issuer and a payer, each at a terminal. */
export interface Pair {
  /** One whole negotiation, from the request to the voucher. */
  negotiate(): Promise<void>;
}

export interface Identity {
  party: string;
  token: string;
}

interface Answer {
  ok: boolean;
  issuance: { issuanceId: string; state: string };
  error?: { code: string; message: string };
}

interface Waiting {
  resolve: () => void;
  reject: (error: Error) => void;
  issuer: Socket;
  payer: Socket;
  /** When it began or was last synced, milliseconds. */
  since: number;
  /** It was synced, so that a step may have been sent twice. */
  synced: boolean;
}

/** The negotiations under way, by issuance: its last message and its first refusal both end one. */
const underWay = new Map<string, Waiting>();
let lastCommand = 0;
const run = Math.random().toString(36).slice(2, 10);
const commandId = () => `${run}-${(++lastCommand).toString(36).padStart(8, "0")}`;

function take(issuanceId: string): Waiting | undefined {
  const waiting = underWay.get(issuanceId);
  underWay.delete(issuanceId);
  return waiting;
}

function send(socket: Socket, name: string, payload: object, answered: (answer: Answer) => void): void {
  socket.emit(name, { commandId: commandId(), ...payload }, answered);
}

function sendOn(socket: Socket, name: string, payload: { issuanceId: string; account?: object }): void {
  send(socket, name, payload, (answer) => {
    if (answer.ok || underWay.get(payload.issuanceId)?.synced) return;
    take(payload.issuanceId)?.reject(refusal(name, answer));
  });
}

function refusal(name: string, { error }: Answer): Error {
  return new Error(`${name}: ${error?.code}: ${error?.message}`);
}

/** Connects a terminal that opens what a payer has agreed to, and accepts the account. */
export async function connectIssuer(url: string, identity: Identity): Promise<Socket> {
  const socket = await open(url, identity);
  socket.on("issuance:event", ({ type, issuanceId }: { type: string; issuanceId: string }) => {
    if (type === "payer.agreed") sendOn(socket, "issuance:open", { issuanceId });
    if (type === "account.verified") sendOn(socket, "issuance:accept", { issuanceId });
  });
  return socket;
}

/** Connects a terminal that agrees to every request, and sends its account. */
export async function connectPayer(
  url: string,
  { account, ...identity }: Identity & { account: { number: string; holder: string } },
): Promise<Socket> {
  const socket = await open(url, identity);
  socket.on("issuance:event", ({ type, issuanceId }: { type: string; issuanceId: string }) => {
    if (type === "payer.requested") sendOn(socket, "payer:agree", { issuanceId });
    if (type === "issuance.opened") sendOn(socket, "account:submit", { issuanceId, account });
    // The last message of the fifteen.
    if (type === "voucher.issued") take(issuanceId)?.resolve();
  });
  return socket;
}

/** An issuer that asks a payer; either may be in other pairs as well. */
export function pairOf(issuer: Socket, payer: { party: string; socket: Socket }): Pair {
  const offer = { payer: payer.party, amount: 100, currency: "CNY", memo: "Invoice 2026-1184" };
  return {
    negotiate: () =>
      new Promise((resolve, reject) => {
        send(issuer, "payer:request", offer, (answer) => {
          const waiting = { resolve, reject, issuer, payer: payer.socket, since: Date.now(), synced: false };
          if (answer.ok) underWay.set(answer.issuance.issuanceId, waiting);
          else reject(refusal("payer:request", answer));
        });
      }),
  };
}

function open(url: string, auth: Identity): Promise<Socket> {
  const socket = io(url, { transports: ["websocket"], auth, forceNew: true, reconnection: false });
  return new Promise((resolve, reject) => {
    socket.once("session:ready", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}

/**
 * Syncs the negotiations that have been silent for too long, as the SDK would: what hubs tell each other can
 * be lost, and these clients would wait for ever. Answers how many there were.
 */
export function syncSilent(milliseconds: number): number {
  const now = Date.now();
  const silent = [...underWay].filter(([, { since }]) => now - since > milliseconds);
  for (const [issuanceId, waiting] of silent) {
    Object.assign(waiting, { since: now, synced: true });
    for (const socket of [waiting.issuer, waiting.payer]) {
      socket.emit("issuance:sync", { issuanceId, after: 0 }, ({ events = [] }: { events?: object[] }) => {
        for (const listener of socket.listeners("issuance:event")) listener(events.at(-1) ?? {});
      });
    }
  }
  return silent.length;
}

/** Runs negotiations on all pairs at once until `count` are done. */
export async function negotiateAll(pairs: readonly Pair[], count: number): Promise<void> {
  let left = count;
  await Promise.all(
    pairs.map(async (pair) => {
      while (left-- > 0) await pair.negotiate();
    }),
  );
}
