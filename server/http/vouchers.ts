/** Vouchers, for operators and for their parties; and an operator's word that ends one. */
import { VoucherId, VoucherVoid } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import type { Vouchers } from "../vouchers/vouchers.ts";
import { authenticate, operatorsAndTerminals, operatorsOnly, readerOf } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { runWithKey } from "./idempotency.ts";
import { jsonBody, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const VoucherPath = z.object({ id: VoucherId });

export interface VoucherParts {
  vouchers: Vouchers;
  writeKeys: WriteKeys;
  tokens: Tokens;
}

export function voucherRoutes(parts: VoucherParts): Router {
  const identified = authenticate(parts.tokens);
  const routes = Router();
  routes
    .route("/v1/vouchers/:id")
    .get(identified, operatorsAndTerminals, (request: Request, response: Response) =>
      getVoucher(parts, request, response),
    )
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/vouchers/:id/void")
    .post(identified, operatorsOnly, jsonBody, (request: Request, response: Response) =>
      voidVoucher(parts, request, response),
    )
    .all(allowOnly("POST"));
  return routes;
}

async function getVoucher({ vouchers }: VoucherParts, request: Request, response: Response): Promise<void> {
  const path = readInput(VoucherPath, request.params, response);
  if (!path) return;
  const voucher = await vouchers.read(readerOf(response), path.id);
  if (voucher) response.json({ ...voucher, status: voucher.state });
  else sendProblem(response, errorBody("not_found"));
}

async function voidVoucher(
  { vouchers, writeKeys }: VoucherParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = readInput(VoucherPath, request.params, response);
  const body = path && readInput(VoucherVoid, request.body, response);
  if (!path || !body) return;
  const executed = await runWithKey(
    writeKeys,
    { request, response },
    // The reference makes it harmless to repeat, whatever its key.
    { content: ["void", path, body], run: () => vouchers.void(path.id, body) },
  );
  if (!executed) return;
  if (executed.kind === "done") response.json({ ...executed.snapshot, status: executed.snapshot.state });
  else sendProblem(response, errorBody(executed.code, executed.details));
}
