/** A request of a route that knows account numbers: handles are opened in what is asked, and put into what is answered. */
import type { Request, Response } from "express";
import type { RouteDescription } from "../api-docs/route-description.ts";
import type { Logger } from "../log.ts";
import { errorBody } from "../refusals.ts";
import { mayOperate, OPERATOR_PARTS, type Tokens } from "../tokens.ts";
import { bearerToken, identityOf } from "./authorise.ts";
import { describeRequest } from "./faults.ts";
import { NumberMasks } from "./number-masks.ts";
import { sendProblem } from "./problem.ts";

export interface MaskParts {
  tokens: Pick<Tokens, "shared">;
  log: Pick<Logger, "info">;
}

interface Exchange {
  request: Request;
  response: Response;
}

/** What was asked, before a schema has read it. */
export type Asked = Pick<Request, "params" | "query" | "body">;

/** @returns what is asked, with numbers; undefined when it has been answered that there is no such account. */
export function unmask(
  { numbers }: RouteDescription,
  parts: MaskParts,
  exchange: Exchange,
): Asked | undefined {
  const { request, response } = exchange;
  const { params, query, body } = request;
  if (!numbers) return { params, query, body };
  const [isHandle, isCursor] = [params.number, query.after].map(looksLikeHandle);
  const isMasked = numbers === "masked if asked" && (isHandle || isCursor || prefersMasks(request));
  if (numbers === "masked if asked" && !isMasked) logWhole(parts.log, exchange);
  if (!(isHandle || isCursor || isMasked)) return { params, query, body };
  const masks = new NumberMasks(secretOf(parts, request));
  const { party = "" } = params as { party?: string };
  const number = isHandle ? masks.open(party, params.number as string) : undefined;
  const after = isCursor ? masks.open(party, query.after as string) : undefined;
  if (isHandle && number === undefined) return void sendProblem(response, errorBody("not_found"));
  if (isMasked) maskAnswer(masks, party, exchange);
  return {
    params: { ...params, ...(number && { number }) },
    query: { ...query, ...(after && { after }) },
    body,
  };
}

/**
 * What handles are made with. Where every token's key is somebody else's (`JWKS_URL`), hubs have nothing in secret but
 * the token itself, and a handle is good with the token that it was given to. It can't outlive that: it is opened after
 * `authenticate` has let the same token in, so what has expired, was revoked, or was signed with a key that is gone from
 * the set opens none, and a token that is made later has another secret. Where hubs share a secret a handle stays the
 * same, but opens nothing by itself either: each request needs a token that is good then, and may read the account.
 * Whoever keeps a token and its handles could work the numbers out without a hub, which that token could have asked for.
 */
function secretOf({ tokens }: MaskParts, request: Request): Uint8Array | string {
  return tokens.shared ?? bearerToken(request.headers.authorization) ?? "";
}

const looksLikeHandle = (text: unknown) => typeof text === "string" && text.startsWith("~");

/** RFC 7240: preferences are parted by commas, in one header or several. */
function prefersMasks(request: Request): boolean {
  return (request.get("prefer") ?? "")
    .split(",")
    .some((one) => /^\s*numbers\s*=\s*"?masked"?\s*$/i.test(one));
}

function maskAnswer(masks: NumberMasks, party: string, { response }: Exchange): void {
  const send = response.json.bind(response);
  response.set("Preference-Applied", "numbers=masked");
  response.json = (body: object) => send(masks.mask(body, party));
}

/** A program of an operator's reads whole numbers, as it must; who did is in the log, as reading changes no book. */
function logWhole(log: MaskParts["log"], { request, response }: Exchange): void {
  const identity = identityOf(response);
  if (!mayOperate(identity, ...OPERATOR_PARTS) || (request.params.number && request.method !== "GET")) return;
  response.once("finish", () => {
    if (response.statusCode !== 200) return;
    const of = request.params.party;
    log.info(
      { ...describeRequest(request), by: identity.party, ...(of && { of }) },
      "whole account numbers were read",
    );
  });
}
