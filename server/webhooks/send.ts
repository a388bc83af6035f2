/** One attempt to tell an endpoint of an event: bounded in time, and in what is read of the answer. */

import type { LookupAddress } from "node:dns";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { packageVersion } from "../package-version.ts";
import { findAddress, type Network } from "./find-address.ts";

/** How long an attempt may take until its answer begins, milliseconds. */
export const ATTEMPT_MS = 15_000;
/** How long, and how much, is read of an answer that has begun: its status is all that counts. */
const REST_MS = 1_000;
const REST_BYTES = 16 * 1024;

/** Each attempt connects anew, to the address that was looked at. */
const http = new HttpAgent({ keepAlive: false });
const https = new HttpsAgent({ keepAlive: false });

export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What came of an attempt: an answer's status, or why there was none. */
export type Sent = { kind: "answered"; status: number } | { kind: "unanswered"; reason: string };

/** Sends it; never throws. Redirects are answers like any other. */
export async function send(post: Post, network: Network, signal: AbortSignal): Promise<Sent> {
  const limit = limitOf(signal);
  try {
    const found = await findAddress(post.url, network, limit.signal);
    if (found.kind !== "found") return { kind: "unanswered", reason: found.reason };
    return { kind: "answered", status: await exchange(post, found, limit.signal) };
  } catch (error) {
    return { kind: "unanswered", reason: limit.signal.aborted ? "no answer in time" : whyOf(error) };
  } finally {
    limit.end();
  }
}

/** What breaks one attempt off. `AbortSignal.any` would leave something of each at the signal, which is there as long as the hub. */
function limitOf(signal: AbortSignal): { signal: AbortSignal; end: () => void } {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const late = setTimeout(stop, ATTEMPT_MS);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const end = () => {
    clearTimeout(late);
    signal.removeEventListener("abort", stop);
  };
  return { signal: limit.signal, end };
}

function exchange(
  { headers, body }: Post,
  { url, addresses }: { url: URL; addresses: LookupAddress[] },
  signal: AbortSignal,
): Promise<number> {
  const isHttps = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const request = (isHttps ? requestHttps : requestHttp)(url, {
      method: "POST",
      agent: isHttps ? https : http,
      lookup: alwaysThese(addresses),
      signal,
      headers: {
        ...headers,
        "content-type": "application/cloudevents+json; charset=utf-8",
        "content-length": Buffer.byteLength(body),
        "user-agent": `tallystick/${packageVersion()}`,
      },
    });
    const take = (response: IncomingMessage) => resolve(response.statusCode ?? 0);
    request.on("error", reject);
    request.on("response", (response) => {
      readRest(response);
      take(response);
    });
    // Without this, one who answers 101 would have its attempt go on for ever.
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      take(response);
    });
    request.end(body);
  });
}

/** Connects to what was looked at, and asks nobody again, who might answer otherwise. */
function alwaysThese(addresses: LookupAddress[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [{ address, family }] = addresses as [LookupAddress];
    if (all) callback(null, addresses);
    else callback(null, address, family);
  };
}

/** Lets a receiver end its answer in peace, within bounds. */
function readRest(response: IncomingMessage): void {
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), REST_MS);
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > REST_BYTES) response.destroy();
  });
  response.on("close", () => clearTimeout(late));
  response.on("error", () => undefined);
}

const LONGEST_REASON = 140;

function whyOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return String(code ?? message).slice(0, LONGEST_REASON);
}
