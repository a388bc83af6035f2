/** Vouchers, for operators and for their parties; and an operator's word that ends one. */
import { Voucher, VoucherId, VoucherVoid } from "@tallystick/protocol";
import { z } from "zod";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Vouchers } from "../vouchers/vouchers.ts";
import { readerOf } from "./authorise.ts";
import { runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

export interface VoucherParts {
  vouchers: Vouchers;
  writeKeys: WriteKeys;
}

const VoucherPath = z.object({ id: VoucherId });
const SHOWN = { 200: { what: "The voucher as it stands.", schema: Voucher } };

const route = routesOf<VoucherParts>();

export const VOUCHER_ROUTES = [
  route({
    method: "GET",
    path: "/v1/vouchers/:id",
    who: "reader",
    summary: "A voucher, for an operator or any of its parties.",
    params: VoucherPath,
    answers: SHOWN,
    refusals: ["not_found"],
    handle: async ({ vouchers }, { params }, { response }) => {
      const voucher = await vouchers.read(readerOf(response), params.id);
      if (voucher) response.json({ ...voucher, status: voucher.state });
      else sendProblem(response, errorBody("not_found"));
    },
  }),
  route({
    method: "POST",
    path: "/v1/vouchers/:id/void",
    who: "operator",
    summary:
      "Ends a voucher, once for each reference. Drawings that wait are refused, honoured ones still settle.",
    params: VoucherPath,
    body: VoucherVoid,
    answers: SHOWN,
    refusals: ["not_found", "rolled_back", "wrong_state", "conflict"],
    handle: async ({ vouchers, writeKeys }, { params, body }, { request, response }) => {
      const executed = await runWithKey(
        writeKeys,
        { request, response },
        // The reference makes it harmless to repeat, whatever its key.
        { content: ["void", params, body], run: (writeId) => vouchers.void(params.id, body, writeId) },
      );
      if (!executed) return;
      if (executed.kind === "done") response.json({ ...executed.snapshot, status: executed.snapshot.state });
      else sendProblem(response, errorBody(executed.code, executed.details));
    },
  }),
];
