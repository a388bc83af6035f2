/** One HTTP call to a hub, over a connection of its own, since a kept one may lead to a hub that is silent. */
import { request } from "node:http";

export interface Call {
  method: "GET" | "PUT" | "POST";
  token: string;
  body?: object | undefined;
  /** Its Idempotency-Key. */
  key?: string | undefined;
}

export interface Answer {
  status: number;
  text: string;
}

const PATIENCE_MS = 3000;

/** @throws Error when there is no answer in time: nobody knows what became of it. */
export function callHub(url: string, { method, token, body, key }: Call): Promise<Answer> {
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
