/** Issuances and vouchers, for operators and for either party. */
import { IssuanceId, issuanceIdOf, VoucherId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { errorBody } from "../hub/refusals.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Replicas } from "../ledger/replicas.ts";
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
  /** With MIN_REPLICAS: what waits until they have an issue. */
  replicas: Pick<Replicas, "confirm"> | undefined;
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
async function readCurrent(parts: IssuanceParts, issuanceId: string, reader: Identity) {
  const { ledger, expire, replicas } = parts;
  const options = reader.operator ? {} : { party: reader.party };
  let reading = await ledger.read(issuanceId, options);
  if (reading?.due) {
    await expire(issuanceId);
    reading = await ledger.read(issuanceId, options);
  }
  // Nobody is told of a voucher that a failover could still take away.
  if (reading?.snapshot.state === "issued") await replicas?.confirm(reading.snapshot);
  return reading?.snapshot;
}

async function getVoucher(parts: IssuanceParts, request: Request, response: Response): Promise<void> {
  const path = readInput(VoucherPath, request.params, response);
  if (!path) return;
  // An issuance is its parties' and the operators' to read, and so is its voucher.
  const snapshot = await readCurrent(parts, issuanceIdOf(path.id), identityOf(response));
  const voucher = snapshot && (await readVoucher(parts.ledger.options.store, path.id));
  if (voucher) response.json(voucher);
  else sendProblem(response, errorBody("not_found"));
}
