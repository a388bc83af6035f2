/** What is fenced since the store went back in time: operators see it, and decide. */
import {
  Fence,
  FenceDecide,
  FencePage,
  FencePageQuery,
  IssuanceId,
  isVoucherId,
  MissingClosed,
  Snapshot,
  VoucherId,
  VoucherSnapshot,
} from "@tallystick/protocol";
import { z } from "zod";
import type { Issuances } from "../issuances/issuances.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Vouchers } from "../vouchers/vouchers.ts";
import { KEY_CONFLICT, runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { type Exchange, routesOf } from "./route.ts";

export interface FenceParts {
  issuances: Issuances;
  vouchers: Vouchers;
  writeKeys: WriteKeys;
}

const FencePath = z.object({
  issuanceId: z.union([IssuanceId, VoucherId]).describe("The id of an issuance or of a voucher."),
});

const route = routesOf<FenceParts>();

export const FENCE_ROUTES = [
  route({
    method: "GET",
    path: "/v1/fences",
    who: "operator",
    part: "operator:fences",
    summary: "A page of what is fenced, or missing, the oldest first.",
    query: FencePageQuery,
    answers: { 200: { what: "The page.", schema: FencePage } },
    handle: async ({ issuances }, { query }, { response }) => {
      response.json(await issuances.listFences(query));
    },
  }),
  route({
    method: "GET",
    path: "/v1/fences/:issuanceId",
    who: "operator",
    part: "operator:fences",
    summary: "One fence, listed or not.",
    params: FencePath,
    answers: { 200: { what: "The fence.", schema: Fence } },
    refusals: ["not_found"],
    handle: async ({ issuances }, { params }, { response }) => {
      const fence = await issuances.findFence(params.issuanceId);
      if (fence) response.json(fence);
      else sendProblem(response, errorBody("not_found"));
    },
  }),
  route({
    method: "POST",
    path: "/v1/fences/:issuanceId",
    who: "operator",
    part: "operator:fences",
    summary: "Decides: goes on from what the store has, or ends an issuance without a voucher.",
    params: FencePath,
    body: FenceDecide,
    answers: {
      200: {
        what: "What was fenced, as it stands after the decision.",
        schema: z.union([Snapshot, VoucherSnapshot, MissingClosed]),
      },
    },
    refusals: ["not_found", "wrong_state", "conflict"],
    handle: (parts, { params: { issuanceId: id }, body }, exchange) =>
      isVoucherId(id)
        ? resume(parts, { voucherId: id, body }, exchange)
        : decide(parts, { issuanceId: id, body }, exchange),
  }),
];

async function decide(
  { issuances, writeKeys }: FenceParts,
  { issuanceId, body }: { issuanceId: string; body: FenceDecide },
  { request, response }: Exchange,
): Promise<void> {
  const decided = await runWithKey(
    writeKeys,
    { request, response },
    {
      content: ["fence", { issuanceId }, body],
      run: (writeId) => issuances.decideFence(issuanceId, body, writeId),
    },
  );
  if (!decided) return;
  if (decided.kind === "done") {
    response.json(decided.snapshot);
  } else if (decided.kind === "missing") {
    response.json({ issuanceId, missing: true });
  } else if (decided.code === "wrong_state") {
    const message = `The issuance is ${decided.state}, and ${WHY_NOT[body.decision]}.`;
    sendProblem(response, { code: "wrong_state", message, details: { state: decided.state } });
  } else if (decided.code === "conflict") {
    sendProblem(response, KEY_CONFLICT);
  } else {
    sendProblem(response, errorBody(decided.code));
  }
}

/** A voucher can be resumed; an operator that wants to end it voids it then. */
async function resume(
  { vouchers, writeKeys }: FenceParts,
  { voucherId, body }: { voucherId: string; body: FenceDecide },
  { request, response }: Exchange,
): Promise<void> {
  if (body.decision === "cancel") {
    const message = `A voucher can't be cancelled: resume it, and end it with POST /v1/vouchers/${voucherId}/void.`;
    sendProblem(response, { code: "wrong_state", message });
    return;
  }
  const resumed = await runWithKey(
    writeKeys,
    { request, response },
    { content: ["fence", voucherId, body], run: (writeId) => vouchers.resume(voucherId, writeId) },
  );
  if (!resumed) return;
  if (resumed.kind === "done") {
    response.json(resumed.snapshot);
  } else if (resumed.kind === "missing") {
    response.json({ voucherId, missing: true });
  } else if (resumed.code === "wrong_state") {
    const message = `The voucher is ${resumed.state}, and it is not fenced.`;
    sendProblem(response, { code: "wrong_state", message, details: { state: resumed.state } });
  } else if (resumed.code === "conflict") {
    sendProblem(response, KEY_CONFLICT);
  } else {
    sendProblem(response, errorBody(resumed.code));
  }
}

const WHY_NOT = {
  resume: "it is not fenced",
  cancel: "it is not fenced, or it has ended and can only be resumed",
} as const;
