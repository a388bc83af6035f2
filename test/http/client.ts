/** Asks a hub over HTTP, for the tests of its HTTP side. */
import type { AccountPut, Snapshot } from "@tallystick/protocol";
import { Problem } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { checkAnswer } from "../helpers/api-documents.ts";
import type { TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** The body as it came. */
  text: string;
}

export interface Call {
  token?: string;
  /** Sent as JSON; a text is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Asks, and holds the answer against the documents of the interface. */
export async function call(
  hub: Pick<TestHub, "url">,
  method: string,
  path: string,
  options: Call = {},
): Promise<Answer> {
  const { token, body, headers } = options;
  const response = await fetch(`${hub.url}${path}`, {
    method,
    headers: {
      // One that is kept may be closed by the hub just as the next request is sent over it.
      connection: "close",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const isEndless = response.headers.get("content-type")?.startsWith("text/event-stream");
  const text = isEndless ? await firstEventOf(response) : await response.text();
  const answer = { status: response.status, headers: response.headers, text };
  checkAnswer({ method, path, ...answer, type: answer.headers.get("content-type") });
  return answer;
}

/** Of what does not end, what is told first. */
async function firstEventOf({ body }: Response): Promise<string> {
  let text = "";
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes("\n\n")) break;
  }
  return text;
}

/** The JSON of an answer that has to have this status. */
export function jsonOf(answer: Answer, status = 200): unknown {
  assert.is(answer.status, status, answer.text);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json\b/);
  return JSON.parse(answer.text);
}

/** The problem document of an answer, which has to be one in every respect. */
export function problemOf(answer: Answer): Problem {
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json\b/, answer.text);
  const problem = Problem.strict().parse(JSON.parse(answer.text));
  assert.is(problem.status, answer.status);
  assert.is(problem.type, `urn:tallystick:error:${problem.code}`);
  return problem;
}

/** Asserts which error an answer is. */
export function refusedWith(answer: Answer, status: number, code: Problem["code"]): Problem {
  const problem = problemOf(answer);
  assert.equal([answer.status, problem.code], [status, code], problem.detail);
  return problem;
}

export const accountsPath = (party: string) => `/v1/parties/${party}/accounts`;
export const accountPath = (party: string, number: string) => `${accountsPath(party)}/${number}`;

/** An account of funds; any of it can be said otherwise. */
export function funds(balance: number, other: Partial<Extract<AccountPut, { kind: "funds" }>> = {}) {
  return { holder: "Acme Ltd", kind: "funds" as const, currency: "CNY", balance, ...other };
}

export interface Deal {
  issuer: string;
  payer: string;
  amount: number;
  account: { number: string; holder: string };
  memo?: string;
  approval?: { by: "payer" | "issuer"; within: number };
}

/** Two terminals negotiate a voucher; the snapshot after it was issued. */
export async function issueVoucher(hub: TestHub, deal: Deal): Promise<Snapshot> {
  const issuer = await connectTerminal(hub, deal.issuer);
  const payer = await connectTerminal(hub, deal.payer);
  try {
    const { amount, memo, approval } = deal;
    const { issuance } = await issuer.accepted("payer:request", {
      payer: deal.payer,
      amount,
      currency: "CNY",
      review: "none",
      ...(memo !== undefined && { memo }),
      ...(approval && { approval }),
    });
    const { issuanceId } = issuance;
    await payer.accepted("payer:agree", { issuanceId });
    await issuer.accepted("issuance:open", { issuanceId });
    return (await payer.accepted("account:submit", { issuanceId, account: deal.account })).issuance;
  } finally {
    issuer.close();
    payer.close();
  }
}
