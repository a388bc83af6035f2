// about 11 s, mostly waiting
/** TLS on the hub's own port: HTTP, pages and terminals over it, and a certificate that is renewed while it runs. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createLog } from "../../server/log.ts";
import { TlsFiles } from "../../server/tls-files.ts";
import { runCommand } from "../cli/run-command.ts";
import { type CertificateFiles, makeCertificate } from "../helpers/certificate.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const tls = suite("TLS on the hub's own port");
const JWT_SECRET = "a secret for TLS, of 32 bytes or more";

let files: CertificateFiles;
let hub: TestHub;
tls.before(async () => {
  files = await makeCertificate();
  hub = await startHub({ settings: { JWT_SECRET, TLS_CERT: files.cert, TLS_KEY: files.key } });
});
tls.after(() => hub.close());

interface Asked {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
}

async function ask(path: string): Promise<Asked> {
  const agent = new Agent({ ca: files.pem });
  const asked = request(new URL(path, hub.url), { agent });
  asked.end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(response, "end");
  agent.destroy();
  return { status: response.statusCode, headers: response.headers };
}

tls("is what the hub says of where it listens, and serves HTTP and the pages", async () => {
  assert.match(hub.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  assert.is((await ask("/readyz")).status, 200);
  assert.is((await ask("/docs")).status, 200);
});

tls("has browsers stay with it, which plain HTTP must not say", async () => {
  assert.match(String((await ask("/healthz")).headers["strict-transport-security"]), /^max-age=\d+/);
  assert.match(String((await ask("/socket.io/")).headers["strict-transport-security"]), /^max-age=\d+/);
  const plain = await startHub();
  const { headers } = await fetch(`${plain.url}/healthz`);
  assert.is(headers.get("strict-transport-security"), null);
  await plain.close();
  const behind = await startHub({ settings: { TRUST_PROXY: "1" } });
  assert.ok((await fetch(`${behind.url}/healthz`)).headers.get("strict-transport-security"));
  await behind.close();
});

tls("carries terminals: the SDK plays every flow over it, with the fast path's frames", async () => {
  const environment = { JWT_SECRET, NODE_EXTRA_CA_CERTS: files.cert };
  const { status, out, error } = await runCommand(["demo", "--url", hub.url], { environment });
  assert.is(status, 0, out + error);
});

tls("is not to be had with a certificate that nobody has vouched for", async () => {
  const { status, error } = await runCommand(["demo", "--url", hub.url], { environment: { JWT_SECRET } });
  assert.is.not(status, 0);
  assert.match(error, /no hub answers at https:/);
});

tls("with files that can't be used, a hub does not start, and says which setting it is", async () => {
  const other = await makeCertificate();
  const rows = [
    [
      { TLS_CERT: "/nowhere/cert.pem", TLS_KEY: files.key },
      /^TLS_CERT: \/nowhere\/cert\.pem can't be read \(ENOENT\)/,
    ],
    [{ TLS_CERT: files.cert, TLS_KEY: "/nowhere/key.pem" }, /^TLS_KEY: \/nowhere\/key\.pem can't be read/],
    [{ TLS_CERT: files.cert, TLS_KEY: other.key }, /^TLS_CERT, TLS_KEY: no certificate and its key/],
    [{ TLS_CERT: files.key, TLS_KEY: files.cert }, /^TLS_CERT, TLS_KEY: no certificate and its key/],
  ] as const;
  for (const [settings, says] of rows) {
    const failed = await startHub({ redisUrl: hub.redisUrl, settings }).catch((error: Error) => error);
    assert.instance(failed, Error);
    assert.match((failed as Error).message, says);
  }
});

/** The certificate that a port shows to whoever connects now. */
async function shownAt(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

tls("follows its files: what is renewed serves, and what is broken does not", async () => {
  const folder = temporaryFolder();
  const { cert, key, pem } = await makeCertificate(folder);
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => lines.push(line) } });
  const pair = await TlsFiles.open({ cert, key }, log);
  const server = createServer(pair.pair);
  pair.follow(server, 10);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const first = await shownAt(port);

  const untilSaid = async (text: RegExp) => {
    while (!lines.some((line) => text.test(line))) await sleep(5);
  };
  // So it is for a moment while it is written, and no certificate at all would be served.
  writeFileSync(cert, "");
  await untilSaid(/cert\.pem is empty; the certificate that was read before goes on/);
  assert.is(await shownAt(port), first);
  writeFileSync(cert, "half of a certif");
  await untilSaid(/no certificate and its key.*the certificate that was read before goes on/);
  assert.is(await shownAt(port), first);

  await makeCertificate(folder);
  await untilSaid(/new connections get the new certificate/);
  assert.is.not(await shownAt(port), first);
  assert.is.not(pair.pair.cert, pem);
  pair.stop();
  server.close();
});

tls.run();
