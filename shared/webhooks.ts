/** The schemas of webhooks, by which a hub tells other systems of events: for operators, over HTTP. */
import { z } from "zod";
import { FeedType } from "./feed.ts";
import { IssuanceOrVoucherId, Party, Time } from "./fields.ts";
import { PARTY_PATTERN } from "./ids.ts";
import { PageLimit } from "./pages.ts";

/** The longest address of an endpoint. */
const MAX_URL_LENGTH = 2000;

export const WebhookId = z
  .string()
  .regex(PARTY_PATTERN, "1 to 64 of a-z 0-9 . _ -, starting with a letter or digit")
  .describe("An endpoint, as its operator calls it.");

export const WebhookPut = z
  .strictObject({
    url: z
      .string()
      .max(MAX_URL_LENGTH)
      .describe(
        "Where events are sent to: https, an address that everybody can reach, no name or password in it.",
      ),
    types: z.array(FeedType).min(1).optional().describe("Only events of these types; all unless given."),
    party: Party.optional().describe(
      "Only this party's events, in its view; all, as an operator sees them, unless given.",
    ),
  })
  .describe("The body of `PUT /v1/webhooks/:id`: the whole endpoint as it should be.");
export type WebhookPut = z.infer<typeof WebhookPut>;

export const Webhook = z
  .object({
    webhookId: WebhookId,
    url: z.string(),
    types: z.array(FeedType).optional(),
    party: Party.optional(),
    createdAt: Time,
    failingSince: Time.optional().describe("Since when no event was taken; absent while they are."),
    endedAt: Time.optional().describe("When it answered 410: it gets nothing more until it is put again."),
    rotatedUntil: Time.optional().describe("Until when the secret before signs as well."),
    secret: z
      .string()
      .optional()
      .describe("`whsec_…`, with which what is sent is signed: told once, when it is made."),
  })
  .describe("An endpoint that events are sent to.");
export type Webhook = z.infer<typeof Webhook>;

export const WebhookDeleted = z
  .object({ webhookId: WebhookId, deleted: z.literal(true) })
  .describe("There is no such endpoint any more, or never was.");
export type WebhookDeleted = z.infer<typeof WebhookDeleted>;

export const WebhookPageQuery = z.strictObject({
  after: WebhookId.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type WebhookPageQuery = z.infer<typeof WebhookPageQuery>;
export const WebhookPage = z
  .object({ webhooks: z.array(Webhook), next: WebhookId.optional() })
  .describe("A page of endpoints by id; `next`, when there is more, goes into `?after=`.");
export type WebhookPage = z.infer<typeof WebhookPage>;

/** `pending` is still tried; `dropped` was no part of the book, or not the party's, any more. */
export const DELIVERY_STATES = ["pending", "delivered", "failed", "dropped"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DeliveryId = z
  .string()
  .regex(/^\d{1,15}$/, "not the id of a delivery, which is a number")
  .describe("A delivery of an endpoint's: the place of its event in the feed.");

export const Delivery = z
  .object({
    deliveryId: DeliveryId,
    type: FeedType,
    subject: IssuanceOrVoucherId,
    version: z.int().min(1),
    state: z.enum(DELIVERY_STATES),
    attempts: z.int().min(0),
    nextAt: Time.optional().describe("When it is tried next, while it is pending."),
    endedAt: Time.optional().describe("When it was delivered, or given up."),
    status: z.int().optional().describe("The last answer's status, when there was one."),
    reason: z.string().optional().describe("Why the last attempt failed."),
  })
  .describe("An event on its way to an endpoint.");
export type Delivery = z.infer<typeof Delivery>;

export const DeliveryPageQuery = z.strictObject({
  state: z.enum(DELIVERY_STATES).optional(),
  after: DeliveryId.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type DeliveryPageQuery = z.infer<typeof DeliveryPageQuery>;
export const DeliveryPage = z
  .object({ deliveries: z.array(Delivery), next: DeliveryId.optional() })
  .describe("A page of deliveries, the newest event first; `next`, when there is more, goes into `?after=`.");
export type DeliveryPage = z.infer<typeof DeliveryPage>;
