/** Webhooks, for operators: endpoints, their secrets, and what was sent to them. */
import {
  Delivery,
  DeliveryId,
  DeliveryPage,
  DeliveryPageQuery,
  Webhook,
  WebhookDeleted,
  WebhookId,
  WebhookPage,
  WebhookPageQuery,
  WebhookPut,
} from "@tallystick/protocol";
import type { Response } from "express";
import { z } from "zod";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Webhooks, WebhookWritten } from "../webhooks/webhooks.ts";
import { runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { type Exchange, routesOf } from "./route.ts";

export interface WebhookParts {
  webhooks: Webhooks;
  writeKeys: WriteKeys;
}

const WebhookPath = z.object({ id: WebhookId });
const DeliveryPath = z.object({ id: WebhookId, delivery: DeliveryId });

const route = routesOf<WebhookParts>();

export const WEBHOOK_ROUTES = [
  route({
    method: "GET",
    path: "/v1/webhooks",
    who: "operator",
    summary: "A page of the endpoints that events are sent to, without their secrets.",
    query: WebhookPageQuery,
    answers: { 200: { what: "The page.", schema: WebhookPage } },
    handle: async ({ webhooks }, { query }, { response }) => {
      response.json(await webhooks.list(query));
    },
  }),
  route({
    method: "GET",
    path: "/v1/webhooks/:id",
    who: "operator",
    summary: "One endpoint, without its secret.",
    params: WebhookPath,
    answers: { 200: { what: "The endpoint.", schema: Webhook } },
    refusals: ["not_found"],
    handle: async ({ webhooks }, { params }, { response }) =>
      sendFound(response, await webhooks.find(params.id)),
  }),
  route({
    method: "PUT",
    path: "/v1/webhooks/:id",
    who: "operator",
    summary: "Makes an endpoint, or sets it anew; one that has ended is told again.",
    params: WebhookPath,
    body: WebhookPut,
    answers: { 200: { what: "The endpoint, with its secret when it was made.", schema: Webhook } },
    handle: (parts, { params, body }, exchange) =>
      write(parts, exchange, ["put", params, body], (writeId) =>
        parts.webhooks.put(params.id, body, writeId),
      ),
  }),
  route({
    method: "DELETE",
    path: "/v1/webhooks/:id",
    who: "operator",
    summary: "Deletes an endpoint, and what is on its way to it.",
    params: WebhookPath,
    answers: { 200: { what: "There is none of that id now.", schema: WebhookDeleted } },
    handle: (parts, { params }, exchange) =>
      write(parts, exchange, ["delete", params], (writeId) => parts.webhooks.delete(params.id, writeId)),
  }),
  route({
    method: "POST",
    path: "/v1/webhooks/:id/rotate",
    who: "operator",
    summary: "Gives an endpoint another secret; the one before signs as well for a day.",
    params: WebhookPath,
    answers: { 200: { what: "The endpoint, with its new secret.", schema: Webhook } },
    refusals: ["not_found"],
    handle: (parts, { params }, exchange) =>
      write(parts, exchange, ["rotate", params], (writeId) => parts.webhooks.rotate(params.id, writeId)),
  }),
  route({
    method: "GET",
    path: "/v1/webhooks/:id/deliveries",
    who: "operator",
    summary: "A page of what is on its way to an endpoint or has arrived, the newest event first.",
    params: WebhookPath,
    query: DeliveryPageQuery,
    answers: { 200: { what: "The page.", schema: DeliveryPage } },
    refusals: ["not_found"],
    handle: async ({ webhooks }, { params, query }, { response }) =>
      sendFound(response, await webhooks.deliveries({ ...params, ...query })),
  }),
  route({
    method: "POST",
    path: "/v1/webhooks/:id/deliveries/:delivery/again",
    who: "operator",
    summary: "Sends an event once more, whether it has arrived or not.",
    params: DeliveryPath,
    answers: { 200: { what: "The delivery, as it begins again.", schema: Delivery } },
    refusals: ["not_found"],
    handle: (parts, { params: { id, delivery } }, exchange) =>
      write(parts, exchange, ["again", id, delivery], (writeId) =>
        parts.webhooks.again(id, delivery, writeId),
      ),
  }),
];

function sendFound(response: Response, found: object | undefined): void {
  if (found) response.json(found);
  else sendProblem(response, errorBody("not_found"));
}

async function write<T>(
  { writeKeys }: WebhookParts,
  exchange: Exchange,
  content: readonly unknown[],
  run: (writeId: string) => Promise<WebhookWritten<T>>,
): Promise<void> {
  const { response } = exchange;
  const written = await runWithKey(writeKeys, exchange, { content: ["webhook", ...content], run });
  if (!written) return;
  if (written.kind === "done") response.json(written.value);
  else if (written.code === "not_found") sendProblem(response, errorBody("not_found"));
  else sendProblem(response, written);
}
