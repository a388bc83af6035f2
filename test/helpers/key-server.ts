/** A key set behind a URL, as an identity provider serves it. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface KeyServer {
  url: string;
  /** What it answers; a status of 0 lets whoever asks wait. */
  answer: { status: number; body: string | Buffer; headers?: Record<string, string> };
  /** How often it was asked. */
  asked: number;
  server: Server;
}
const keyServers: KeyServer[] = [];

/** Serves a key set; `closeKeyServers` has to follow. */
export async function serveKeys(keys: object[]): Promise<KeyServer> {
  const keyServer: KeyServer = {
    url: "",
    answer: setOf(keys),
    asked: 0,
    server: createServer((_request, response) => {
      keyServer.asked += 1;
      const { status, body, headers } = keyServer.answer;
      if (status === 0) return;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body);
    }),
  };
  keyServer.server.listen(0, "127.0.0.1");
  await once(keyServer.server, "listening");
  keyServer.url = `http://127.0.0.1:${(keyServer.server.address() as AddressInfo).port}/keys`;
  keyServers.push(keyServer);
  return keyServer;
}

/** The answer with a set of these keys. */
export function setOf(keys: object[]): KeyServer["answer"] {
  return { status: 200, body: JSON.stringify({ keys }) };
}

export function closeKeyServers(): void {
  for (const { server } of keyServers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}
