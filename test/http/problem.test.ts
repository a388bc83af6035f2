import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ERROR_CODES, ERRORS, type ErrorBody } from "@tallystick/protocol";
import express from "express";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sendProblem } from "../../server/http/problem.ts";
import { errorBody } from "../../server/refusals.ts";
import { problemOf } from "./client.ts";

const problem = suite("problem documents");
let server: Server;
let send: { error: ErrorBody; status?: number };

problem.before(async () => {
  const app = express();
  app.use((_request, response) => sendProblem(response, send.error, send.status));
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
});
problem.after(() => void server.close());

async function answerWith(error: ErrorBody, status?: number) {
  send = { error, ...(status !== undefined && { status }) };
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

for (const code of ERROR_CODES) {
  problem(`${code} is a problem document with the table's status`, async () => {
    const document = problemOf(await answerWith(errorBody(code)));
    assert.equal(document, {
      type: `urn:tallystick:error:${code}`,
      title: document.title,
      status: ERRORS[code].status,
      detail: errorBody(code).message,
      code,
    });
    assert.match(document.title, /^[A-Z][a-z ]+$/);
  });
}

problem("details are told as they are", async () => {
  const details = { issues: [{ path: "holder", message: "太长" }] };
  const document = problemOf(await answerWith({ code: "invalid_request", message: "no", details }));
  assert.equal(document.details, details);
});

problem("a status that HTTP has a name for can take the place of the table's", async () => {
  assert.is(problemOf(await answerWith(errorBody("invalid_request"), 413)).status, 413);
});

problem("only what may be sent again says when", async () => {
  for (const code of ERROR_CODES) {
    const { headers } = await answerWith(errorBody(code));
    assert.is(headers.get("retry-after"), code === "unavailable" ? "1" : null, code);
  }
});

problem.run();
