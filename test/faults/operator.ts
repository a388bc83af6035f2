/** Whoever runs the hubs: keeps the accounts, and decides about issuances that were rolled back. */
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import type { AccountPut } from "@tallystick/protocol";
import { pause } from "./random.ts";

export interface Operator {
  putAccount(party: string, number: string, body: AccountPut): Promise<void>;
  /** Adds to an account, once however often it has to be asked. */
  topUp(party: string, number: string, amount: number, reference: string): Promise<void>;
  /** Decides about an issuance; nothing when it is not fenced, or was decided about meanwhile. */
  decide(issuanceId: string, decision: "resume" | "cancel"): Promise<void>;
}

const PATIENCE_MS = 3000;
const TRIES = 20;

export function createOperator(url: string, token: string): Operator {
  const ask = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> => {
    // One for each intent: what was answered 503, or not at all, and is done later, is not done once more.
    const key = body && randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await call(`${url}${path}`, { method, token, ...(body && { body, key }) });
        if (answer.status < 500) return answer;
        if (attempt === TRIES) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      } catch (error) {
        if (attempt === TRIES) throw error;
      }
      await pause(250);
    }
  };
  const must = async (method: string, path: string, body?: object): Promise<void> => {
    const { status, text } = await ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  };
  return {
    putAccount: async (party, number, body) => must("PUT", `/v1/parties/${party}/accounts/${number}`, body),
    topUp: async (party, number, amount, reference) =>
      must("POST", `/v1/parties/${party}/accounts/${number}/adjust`, { amount, reference }),
    decide: async (issuanceId, decision) =>
      void (await ask("POST", `/v1/fences/${issuanceId}`, { decision })),
  };
}

interface CallOptions {
  method: string;
  token: string;
  body?: object;
  /** Its Idempotency-Key. */
  key?: string | undefined;
}

/** One call over a connection of its own, since a kept one may lead to a hub that is silent. */
function call(
  url: string,
  { method, token, body, key }: CallOptions,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      ...(key && { "idempotency-key": key }),
    };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const asked = request(url, { method, headers, agent: false, signal }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body && JSON.stringify(body));
  });
}
