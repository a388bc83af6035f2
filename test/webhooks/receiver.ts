/** A receiver of webhooks, which verifies what it gets with a package that is not ours. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FeedEvent } from "@tallystick/protocol";
import { Webhook } from "standardwebhooks";

export interface Got {
  headers: Record<string, string>;
  body: string;
  event: FeedEvent;
}

/** Answers a request; without an answer of its own it is 204. */
export type Answer = (got: Got, response: ServerResponse) => void | Promise<void>;

export interface Receiver {
  readonly url: string;
  /** All that came, in the order in which it came. */
  readonly got: Got[];
  /** What is answered from now on. */
  answer: Answer;
  /** How many requests are being answered, and the most that there were at once. */
  readonly open: { now: number; most: number };
  /** Waits until so much has come. */
  count(number: number): Promise<Got[]>;
  close(): Promise<void>;
}

/** Starts a receiver. Whoever starts it closes it. @param port a port that it had before. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const got: Got[] = [];
  const open = { now: 0, most: 0 };
  const receiver: Pick<Receiver, "answer"> = {
    answer: (_got, response) => void response.writeHead(204).end(),
  };
  const server = createServer(async (request, response) => {
    const one = await read(request);
    got.push(one);
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.on("close", () => {
      open.now -= 1;
    });
    await receiver.answer(one, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    got,
    open,
    count: async (number: number) => {
      while (got.length < number) await new Promise((resolve) => setTimeout(resolve, 10));
      return got;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

async function read(request: IncomingMessage): Promise<Got> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const headers = request.headers as Record<string, string>;
  return { headers, body, event: JSON.parse(body) as FeedEvent };
}

/** Whether the package takes it for what the hub has sent. */
export function isVerified({ headers, body }: Got, secret: string | undefined): boolean {
  try {
    new Webhook(secret ?? "").verify(body, headers);
    return true;
  } catch {
    return false;
  }
}
