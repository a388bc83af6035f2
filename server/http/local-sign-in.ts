/**
 * Sign-in of a person who tries the hub on their own machine: they choose a party of the sample book and get its token.
 * It is there only where the hub serves the sample book, on a loopback address, and with keys that nobody has set.
 */
import type { IncomingMessage } from "node:http";
import { LocalParties, LocalSignIn, LocalToken } from "@tallystick/protocol";
import type { Response } from "express";
import type { z } from "zod";
import type { Settings } from "../config.ts";
import type { AccountBook } from "../ledger/confirmed-accounts.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

/** A party of the sample book, by one of its accounts. */
export interface SampleParty {
  party: string;
  number: string;
  holder: string;
}

export interface LocalParts {
  settings: Pick<Settings, "HOST" | "JWT_SECRET" | "JWKS_URL" | "TRUST_PROXY">;
  /** Absent where the hub was not started with the sample book. */
  sampleParties?: readonly SampleParty[] | undefined;
  accounts: AccountBook;
  tokens: Tokens;
}

/** Who the operator on one's own machine is. */
const LOCAL_OPERATOR = "local-operator";
const TTL_SECONDS = 12 * 3600;
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/;
/** A proxy that brings somebody from elsewhere says so in one of these. */
const FORWARDING = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];

/** True where a person may choose a party. */
export function isLocal({
  settings,
  sampleParties,
}: Pick<LocalParts, "settings" | "sampleParties">): boolean {
  const { HOST, JWT_SECRET, JWKS_URL, TRUST_PROXY } = settings;
  return sampleParties !== undefined && LOOPBACK.test(HOST) && !JWT_SECRET && !JWKS_URL && TRUST_PROXY === 0;
}

const route = routesOf<LocalParts>();

/** What is not for whoever asks is not there. */
const ABSENT = { code: "not_found", message: "There is no such address." } as const;

export const LOCAL_ROUTES = [
  route({
    method: "GET",
    path: "/v1/local/parties",
    who: "anybody",
    summary: "The parties of the sample book, on one's own machine alone.",
    answers: { 200: { what: "Those that may be chosen.", schema: LocalParties } },
    refusals: ["not_found", "unavailable"],
    handle: (parts, _input, { request, response }) =>
      isLetIn(parts, request) ? listParties(parts, response) : sendProblem(response, ABSENT),
  }),
  route({
    method: "POST",
    path: "/v1/local/tokens",
    who: "anybody",
    summary: "A token of a party of the sample book, or of an operator, on one's own machine alone.",
    body: LocalSignIn,
    answers: { 200: { what: "The token.", schema: LocalToken } },
    refusals: ["not_found", "unavailable"],
    handle: (parts, { body }, { request, response }) =>
      isLetIn(parts, request) ? signIn(parts, body, response) : sendProblem(response, ABSENT),
  }),
];

function isLetIn(parts: LocalParts, request: IncomingMessage): boolean {
  return isLocal(parts) && isFromOwnMachine(request);
}

/**
 * Any page that is open in the person's browser can reach their machine too, also by a name that it has led here. So
 * the page has to be the hub's own, under a loopback's name, and nothing may have been forwarded.
 */
function isFromOwnMachine({ headers, socket, method }: IncomingMessage): boolean {
  const { host = "", origin } = headers;
  const scheme = "encrypted" in socket ? "https" : "http";
  const name = host.replace(/:\d+$/, "");
  const site = headers["sec-fetch-site"];
  const isOwnPage =
    origin === undefined ? method === "GET" || method === "HEAD" : origin === `${scheme}://${host}`;
  return (
    LOOPBACK.test((socket.remoteAddress ?? "").replace(/^::ffff:/, "")) &&
    LOOPBACK.test(name) &&
    isOwnPage &&
    (site === undefined || site === "same-origin" || site === "none") &&
    !FORWARDING.some((header) => header in headers)
  );
}

/** Those of the sample that are in the book as the sample has them: a book of other accounts has other parties. */
async function listParties(parts: LocalParts, response: Response): Promise<void> {
  const found = await Promise.all((parts.sampleParties ?? []).map((sample) => isInBook(parts, sample)));
  const parties = (parts.sampleParties ?? [])
    .filter((_, index) => found[index])
    .map(({ party, holder }) => ({ party, name: holder }));
  response.json({ parties } satisfies LocalParties);
}

async function signIn(parts: LocalParts, asked: LocalSignIn, response: Response): Promise<void> {
  if ("operator" in asked) return sendToken(parts, { party: LOCAL_OPERATOR, operator: true }, response);
  const { party } = asked;
  const sample = parts.sampleParties?.find((one) => one.party === party);
  if (!sample || !(await isInBook(parts, sample))) return sendProblem(response, errorBody("not_found"));
  await sendToken(parts, { party }, response);
}

async function sendToken(
  parts: LocalParts,
  claims: { party: string; operator?: boolean },
  response: Response,
): Promise<void> {
  const token = (await parts.tokens.sign?.({ ...claims, ttlSeconds: TTL_SECONDS })) ?? "";
  response.json({ token } satisfies z.infer<typeof LocalToken>);
}

async function isInBook({ accounts }: LocalParts, { party, number, holder }: SampleParty): Promise<boolean> {
  return (await accounts.get({ party, number }))?.holder === holder;
}
