/** Raw clients that negotiate, the same code against the hub and the relay: 5 commands, 15 messages. */
import { io, type Socket } from "socket.io-client";

export interface Pair {
  /** One whole negotiation, from the request to the voucher. */
  negotiate(): Promise<void>;
  close(): void;
}

export interface PairOptions {
  url: string;
  issuer: { party: string; token: string };
  payer: { party: string; token: string };
  account: { number: string; holder: string };
}

interface Answer {
  ok: boolean;
  issuance: { issuanceId: string; state: string };
  error?: { code: string; message: string };
}

let lastCommand = 0;
const run = Math.random().toString(36).slice(2, 10);
const commandId = () => `${run}-${(++lastCommand).toString(36).padStart(8, "0")}`;

export async function connectPair(options: PairOptions): Promise<Pair> {
  const [issuer, payer] = await Promise.all([
    open(options.url, options.issuer),
    open(options.url, options.payer),
  ]);
  let finished: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  const send = (socket: Socket, name: string, payload: object, then?: (answer: Answer) => void) => {
    socket.emit(name, { commandId: commandId(), ...payload }, (answer: Answer) => {
      if (!answer.ok) failed?.(new Error(`${name}: ${answer.error?.code}: ${answer.error?.message}`));
      else then?.(answer);
    });
  };
  payer.on("issuance:event", ({ type, issuanceId }: { type: string; issuanceId: string }) => {
    if (type === "payer.requested") send(payer, "payer:agree", { issuanceId });
    if (type === "issuance.opened") send(payer, "account:submit", { issuanceId, account: options.account });
    // The last message of the fifteen.
    if (type === "voucher.issued") finished?.();
  });
  issuer.on("issuance:event", ({ type, issuanceId }: { type: string; issuanceId: string }) => {
    if (type === "payer.agreed") send(issuer, "issuance:open", { issuanceId });
    if (type === "account.verified") send(issuer, "issuance:accept", { issuanceId });
  });
  return {
    negotiate: () =>
      new Promise((resolve, reject) => {
        finished = resolve;
        failed = reject;
        send(issuer, "payer:request", {
          payer: options.payer.party,
          amount: 100,
          currency: "CNY",
          memo: "Invoice 2026-1184",
        });
      }),
    close: () => {
      issuer.disconnect();
      payer.disconnect();
    },
  };
}

function open(url: string, auth: { party: string; token: string }): Promise<Socket> {
  const socket = io(url, { transports: ["websocket"], auth, forceNew: true, reconnection: false });
  return new Promise((resolve, reject) => {
    socket.once("session:ready", () => resolve(socket));
    socket.once("connect_error", reject);
  });
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
