/** Who is asking: bearer tokens (RFC 6750). */
import { ERRORS } from "@tallystick/protocol";
import type { RequestHandler, Response } from "express";
import type { PartyRates } from "../limits/party-rates.ts";
import { errorBody } from "../refusals.ts";
import {
  type Identity,
  mayOperate,
  OPERATOR_PARTS,
  type OperatorPart,
  TokenError,
  type Tokens,
} from "../tokens.ts";
import { sendProblem } from "./problem.ts";

/** What a page costs of a party's allowance, over HTTP as over a terminal. */
export const PAGE_COST = 10;

const REALM = 'Bearer realm="tallystick"';

/** Lets in who has a good token; the handlers after it find out who that is with `identityOf`. */
export function authenticate(tokens: Tokens): RequestHandler {
  return async (request, response, next) => {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) return challenge(response, "Send a token: Authorization: Bearer TOKEN.");
    try {
      response.locals.identity = await tokens.verify(token);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      if (error.code === "unavailable")
        return sendProblem(response, {
          code: error.code,
          message: error.message,
          ...(error.details && { details: error.details }),
        });
      return challenge(response, error.message, "invalid_token");
    }
    next();
  };
}

/**
 * Lets operators alone go on: those who may do this part, or all; whoever may read may read everything. Without a part
 * they need the whole scope to change anything.
 */
export function operatorsOf(part?: OperatorPart): RequestHandler {
  return (request, response, next) => {
    const parts: OperatorPart[] = part === undefined ? [] : [part];
    if (request.method === "GET" || request.method === "HEAD") parts.push("operator:read");
    if (mayOperate(identityOf(response), ...parts)) return next();
    refuseScope(response, "operator");
  };
}

/** Lets operators who may read this part, or all, and terminals go on; what a terminal may see is decided by its party. */
export function readersOf(part?: OperatorPart): RequestHandler {
  const parts: OperatorPart[] = part === undefined ? ["operator:read"] : ["operator:read", part];
  return (_request, response, next) => {
    const identity = identityOf(response);
    if (identity.terminal || mayOperate(identity, ...parts)) return next();
    refuseScope(response, "terminal");
  };
}

/**
 * Takes what a request costs from its party's allowance; operators are not held back. What the store does not have is
 * looked for in the archive, and costs as much as a page.
 */
export function chargeParty(rates: PartyRates, units: number): RequestHandler {
  return (_request, response, next) => {
    const identity = identityOf(response);
    if (mayOperate(identity, ...OPERATOR_PARTS)) return next();
    const retryAfter = rates.charge(identity.party, units);
    if (retryAfter === 0) {
      response.once("finish", () => {
        if (response.statusCode === ERRORS.not_found.status) rates.owe(identity.party, PAGE_COST - 1);
      });
      return next();
    }
    sendProblem(response, errorBody("rate_limited", { retryAfter }));
  };
}

/** True for whoever may read what is a party's: its own terminals, and operators. Otherwise it has been refused. */
export function mayReadOf(party: string, part: OperatorPart, response: Response): boolean {
  const identity = identityOf(response);
  const isOwn = identity.terminal && identity.party === party;
  if (isOwn || mayOperate(identity, "operator:read", part)) return true;
  refuseScope(response, "operator");
  return false;
}

/** Whoever `authenticate` has let in. */
export function identityOf(response: Response): Identity {
  return response.locals.identity as Identity;
}

/** The same, as the use cases see whoever reads: an operator who may read sees everything. */
export function readerOf(response: Response): { party: string; operator: boolean } {
  const identity = identityOf(response);
  return { party: identity.party, operator: mayOperate(identity, "operator:read") };
}

/** RFC 9110, section 11.1: the scheme's name is read without regard to case. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
}

/** RFC 6750, section 3.1: without a token no error is named, so that a client learns only how to ask. */
function challenge(response: Response, message: string, error?: "invalid_token"): void {
  response.set("WWW-Authenticate", error ? `${REALM}, error="${error}"` : REALM);
  sendProblem(response, { code: "unauthenticated", message });
}

function refuseScope(response: Response, scope: "operator" | "terminal"): void {
  response.set("WWW-Authenticate", `${REALM}, error="insufficient_scope", scope="${scope}"`);
  sendProblem(response, errorBody("forbidden", { role: scope }));
}
