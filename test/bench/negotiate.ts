/** Terminals that negotiate, the same code against every server: 5 commands, 15 messages. */
import type { Answer, Event, Line } from "./line.ts";

/** An issuer and a payer, each at a terminal. */
export interface Pair {
  /** One whole negotiation, from the request to the voucher; answers the issuance's id. */
  negotiate(): Promise<string>;
}

export interface Identity {
  party: string;
  token: string;
}

interface Waiting {
  resolve: (issuanceId: string) => void;
  reject: (error: Error) => void;
  issuer: Line;
  payer: Line;
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

function send(line: Line, name: string, payload: object, answered: (answer: Answer) => void): void {
  line.send(name, { commandId: commandId(), ...payload }, answered);
}

/** Answers an event with a command, which says that it was seen, as the SDK's do. */
function sendOn(line: Line, name: string, { issuanceId, version, digest }: Event, more: object = {}): void {
  send(line, name, { issuanceId, seen: { version, digest }, ...more }, (answer) => {
    if (answer.ok || underWay.get(issuanceId)?.synced) return;
    take(issuanceId)?.reject(refusal(name, answer));
  });
}

function refusal(name: string, answer: Answer): Error {
  const { error } = answer.whole();
  return new Error(`${name}: ${error?.code}: ${error?.message}`);
}

/** Makes a terminal open what a payer has agreed to, and accept the account. */
export function actAsIssuer(line: Line): void {
  line.onEvent = (event) => {
    if (event.type === "payer.agreed") sendOn(line, "issuance:open", event);
    if (event.type === "account.verified")
      sendOn(line, "issuance:accept", event, { ifVersion: event.version });
  };
}

/** Makes a terminal agree to every request, and send its account. */
export function actAsPayer(line: Line, account: { number: string; holder: string }): void {
  line.onEvent = (event) => {
    if (event.type === "payer.requested") sendOn(line, "payer:agree", event);
    if (event.type === "issuance.opened") sendOn(line, "account:submit", event, { account });
    // The last message of the fifteen.
    if (event.type === "voucher.issued") take(event.issuanceId)?.resolve(event.issuanceId);
  };
}

/** An issuer that asks a payer; either may be in other pairs as well. */
export function pairOf(issuer: Line, payer: { party: string; line: Line }): Pair {
  const offer = { payer: payer.party, amount: 100, currency: "CNY", memo: "Invoice 2026-1184" };
  return {
    negotiate: () =>
      new Promise((resolve, reject) => {
        send(issuer, "payer:request", offer, (answer) => {
          const waiting = { resolve, reject, issuer, payer: payer.line, since: Date.now(), synced: false };
          if (answer.ok) underWay.set(answer.issuanceId, waiting);
          else reject(refusal("payer:request", answer));
        });
      }),
  };
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
    for (const line of [waiting.issuer, waiting.payer]) {
      line.send("issuance:sync", { issuanceId, after: 0 }, (answer) => {
        const event = answer.whole().events?.at(-1);
        if (event) line.onEvent(event);
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

/** A fresh `commandId`, as long as those of the negotiations. */
export const freshCommandId = commandId;
