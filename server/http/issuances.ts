/** Issuances and vouchers, for operators and for either party. */
import { IssuanceId, VoucherId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { errorBody } from "../hub/refusals.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { readVoucher } from "../ledger/vouchers.ts";
import type { Identity, Tokens } from "../tokens.ts";
import { authenticate, identityOf, operatorsAndTerminals } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const IssuancePath = z.object({ id: IssuanceId });
const VoucherPath = z.object({ id: VoucherId });

export interface IssuanceParts {
  ledger: Ledger;
  tokens: Tokens;
  /** Ends an issuance whose deadline has passed, and tells both sides. */
  expire: (issuanceId: string) => Promise<void>;
}

export function issuanceRoutes(parts: IssuanceParts): Router {
  const anybody = [authenticate(parts.tokens), operatorsAndTerminals];
  const routes = Router();
  routes
    .route("/v1/issuances/:id")
    .get(anybody, (request: Request, response: Response) => getIssuance(parts, request, response))
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/vouchers/:id")
    .get(anybody, (request: Request, response: Response) => getVoucher(parts, request, response))
    .all(allowOnly("GET", "HEAD"));
  return routes;
}

async function getIssuance(parts: IssuanceParts, request: Request, response: Response): Promise<void> {
  const path = readInput(IssuancePath, request.params, response);
  if (!path) return;
  const snapshot = await readCurrent(parts, path.id, identityOf(response));
  if (snapshot) response.json(snapshot);
  else sendProblem(response, errorBody("not_found"));
}

/** The snapshot; an issuance whose deadline has passed unnoticed is ended first, so that it never looks open. */
async function readCurrent({ ledger, expire }: IssuanceParts, issuanceId: string, reader: Identity) {
  const options = reader.operator ? {} : { party: reader.party };
  const reading = await ledger.read(issuanceId, options);
  if (!reading?.due) return reading?.snapshot;
  await expire(issuanceId);
  return (await ledger.read(issuanceId, options))?.snapshot;
}

async function getVoucher({ ledger }: IssuanceParts, request: Request, response: Response): Promise<void> {
  const path = readInput(VoucherPath, request.params, response);
  if (!path) return;
  const voucher = await readVoucher(ledger.options.store, path.id);
  const { operator, party } = identityOf(response);
  const isTheirs = operator || voucher?.issuer === party || voucher?.payer === party;
  if (voucher && isTheirs) response.json(voucher);
  else sendProblem(response, errorBody("not_found"));
}
