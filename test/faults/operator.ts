/** Whoever runs the hubs: keeps the accounts, and decides about issuances that were rolled back. */
import { randomUUID } from "node:crypto";
import type { AccountPut } from "@tallystick/protocol";
import { type Answer, type Call, callHub } from "./call-hub.ts";
import { pause } from "./random.ts";

export interface Operator {
  putAccount(party: string, number: string, body: AccountPut): Promise<void>;
  /** Adds to an account, once however often it has to be asked. */
  topUp(party: string, number: string, amount: number, reference: string): Promise<void>;
  /** Decides about an issuance or a voucher; nothing when it is not fenced, or was decided about meanwhile. */
  decide(id: string, decision: "resume" | "cancel"): Promise<void>;
}

const TRIES = 20;

export function createOperator(url: string, token: string): Operator {
  const ask = async (method: Call["method"], path: string, body?: object): Promise<Answer> => {
    // One for each intent: what was answered 503, or not at all, and is done later, is not done once more.
    const key = body && randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await callHub(`${url}${path}`, { method, token, body, key });
        if (answer.status < 500) return answer;
        if (attempt === TRIES) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      } catch (error) {
        if (attempt === TRIES) throw error;
      }
      await pause(250);
    }
  };
  const must = async (method: Call["method"], path: string, body?: object): Promise<void> => {
    const { status, text } = await ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  return {
    putAccount: async (party, number, body) => must("PUT", `/v1/parties/${party}/accounts/${number}`, body),
    topUp: async (party, number, amount, reference) =>
      must("POST", `/v1/parties/${party}/accounts/${number}/adjust`, { amount, reference }),
    decide: async (id, decision) => void (await ask("POST", `/v1/fences/${id}`, { decision })),
  };
}
