/** Accounts from a file over HTTP: told line by line; what can't be read keeps nothing, and nobody but an operator of accounts may. */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { ImportLine, MOST_IMPORTED_BYTES } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { refusedWith } from "./client.ts";

const imports = suite("an import over HTTP");
let hub: TestHub;
imports.before(async () => {
  hub = await startHub();
});
imports.after(() => hub.close());

const HEAD = "party,number,holder,kind,currency,amount\n";

async function send(body: string | Buffer, { query = "", token = "" } = {}) {
  const response = await fetch(`${hub.url}/v1/accounts/import${query}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token || (await hub.token("bank", { operator: true }))}`,
      "content-type": "text/csv",
    },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function linesOf(body: string | Buffer, query = ""): Promise<ImportLine[]> {
  const { status, text } = await send(body, { query });
  assert.is(status, 200, text);
  return text
    .trim()
    .split("\n")
    .map((line) => ImportLine.strict().parse(JSON.parse(line)));
}

const balanceOf = async (number: string) =>
  (await hub.running.accounts.get({ party: "imported", number }))?.balance;

imports("keeps good rows, and tells each bad one with its line", async () => {
  const rows = "imported,A-1,Imported,funds,CNY,10.00\nimported,A-2,Imported,funds,CNY,ten\n";
  const last = (await linesOf(HEAD + rows)).at(-1);
  assert.equal([last?.result?.kept, last?.result?.badCount, last?.result?.bad[0]?.line], [1, 1, 3]);
  assert.equal([await balanceOf("A-1"), await balanceOf("A-2")], [10_00, undefined]);
});

imports("keeps none in a check, nor where all or nothing is asked and one is bad", async () => {
  const rows = "imported,B-1,Imported,funds,CNY,10.00\nimported,B-2,Imported,funds,CNY,ten\n";
  assert.is((await linesOf(HEAD + rows, "?dryRun=yes")).at(-1)?.result?.kept, 1);
  assert.is((await linesOf(HEAD + rows, "?allOrNothing=yes")).at(-1)?.result?.kept, 0);
  assert.is(await balanceOf("B-1"), undefined);
});

imports("says of a file that can't be read why, without a path of the hub's, and keeps nothing", async () => {
  const garbage = Buffer.concat([
    Buffer.from(`${HEAD}imported,C-1,Imported,funds,CNY,10.00\nimported,C-2,`),
    Buffer.from([0xd6, 0xd0]),
  ]);
  for (const [body, query, why] of [
    [garbage, "", /gb18030/],
    ["", "", /empty/],
    ["a,b\n1,2\n", "", /lacks party/],
    [HEAD, "?encoding=klingon", /klingon/],
  ] as const) {
    const [line] = await linesOf(body, query);
    assert.match(line?.failure ?? "", why);
    assert.not.match(line?.failure ?? "", /tmp|accounts\.csv/);
  }
  assert.is(await balanceOf("C-1"), undefined);
});

imports("says of a file that is too large that it is, and the connection goes on", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = `Bearer ${await hub.token("bank", { operator: true })}`;
  const sendOver = async (body: Buffer | string) => {
    const sent = request(`${hub.url}/v1/accounts/import`, {
      agent,
      method: "POST",
      headers: { authorization, "content-type": "text/csv" },
    });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { socket: response.socket.localPort, line: await text(response) };
  };
  const large = await sendOver(Buffer.alloc(4 * MOST_IMPORTED_BYTES, "x"));
  assert.match(large.line, /larger than/);
  const next = await sendOver(`${HEAD}imported,E-1,Imported,funds,CNY,10.00\n`);
  assert.match(next.line, '"kept":1');
  assert.is(next.socket, large.socket);
  agent.destroy();
});

imports("is no fault of the hub's when whoever sends the file goes away", async () => {
  const lines: string[] = [];
  const own = await startHub({ onLog: (line) => lines.push(line) });
  const socket = connect(own.port, "127.0.0.1");
  await once(socket, "connect");
  const token = await own.token("bank", { operator: true });
  socket.write(
    `POST /v1/accounts/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n`,
  );
  // The hub reads the file.
  await once(socket, "data");
  socket.write(HEAD);
  socket.destroy();
  await once(socket, "close");
  // Waits for what is in hand.
  await own.close();
  assert.equal(
    lines.filter((line) => JSON.parse(line).level >= 50),
    [],
  );
});

imports("is for operators of accounts alone", async () => {
  const sign = (scope: string) => hub.running.tokens.sign?.({ party: "x", scope, ttlSeconds: 60 });
  const row = `${HEAD}imported,D-1,Imported,funds,CNY,10.00\n`;
  for (const scope of ["terminal", "operator:read"]) {
    const answer = await send(row, { token: (await sign(scope)) as string });
    refusedWith(answer, 403, "forbidden");
  }
  assert.is(await balanceOf("D-1"), undefined);
  assert.is((await send(row, { token: (await sign("operator:accounts")) as string })).status, 200);
  assert.is(await balanceOf("D-1"), 10_00);
});

imports.run();
