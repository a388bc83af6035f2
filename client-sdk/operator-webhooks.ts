/** The endpoints that a hub sends events to, as its operator keeps them. */
import type { WaitOptions } from "./abortable.ts";
import type { Calls, ListOptions, WriteOptions } from "./operator-calls.ts";
import type { Delivery, DeliveryState, Webhook, WebhookDeleted, WebhookPut } from "./wire.ts";

export class OperatorWebhooks {
  readonly #calls: Calls;

  /** @internal */
  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /**
   * Makes an endpoint, whose answer alone has its `secret`, or sets it anew.
   *
   * @throws TallystickError `invalid_request` where it is no public address.
   * @example
   * const { secret } = await operator.webhooks.put("ledger", {
   *   url: "https://ledger.example/hook", types: ["drawing.honoured", "voucher.expired"],
   * });
   */
  put(webhookId: string, endpoint: WebhookPut, options?: WriteOptions): Promise<Webhook> {
    return this.#calls.json({ method: "PUT", path: pathOf(webhookId), body: endpoint }, options);
  }

  /** One endpoint, without its secret. @throws TallystickError `not_found`. */
  get(webhookId: string, options?: WaitOptions): Promise<Webhook> {
    return this.#calls.json({ method: "GET", path: pathOf(webhookId) }, options);
  }

  /** All endpoints, by id. */
  list(options: ListOptions = {}): AsyncGenerator<Webhook, void> {
    return this.#calls.list("/v1/webhooks", "webhooks", {}, options);
  }

  /** Gives it another secret, which the answer alone has; the one before signs as well for a day. @throws TallystickError `not_found`. */
  rotate(webhookId: string, options?: WriteOptions): Promise<Webhook> {
    return this.#calls.json({ method: "POST", path: `${pathOf(webhookId)}/rotate` }, options);
  }

  /** Deletes it, and what is on its way to it. */
  delete(webhookId: string, options?: WriteOptions): Promise<WebhookDeleted> {
    return this.#calls.json({ method: "DELETE", path: pathOf(webhookId) }, options);
  }

  /** What is on its way to it, and what has arrived, the newest event first. @throws TallystickError `not_found`. */
  deliveries(
    webhookId: string,
    { state, ...options }: ListOptions & { state?: DeliveryState | undefined } = {},
  ): AsyncGenerator<Delivery, void> {
    return this.#calls.list(`${pathOf(webhookId)}/deliveries`, "deliveries", { state }, options);
  }

  /** Sends an event once more, whether it has arrived or not. @throws TallystickError `not_found`. */
  again(webhookId: string, deliveryId: string, options?: WriteOptions): Promise<Delivery> {
    const path = `${pathOf(webhookId)}/deliveries/${encodeURIComponent(deliveryId)}/again`;
    return this.#calls.json({ method: "POST", path }, options);
  }
}

const pathOf = (webhookId: string) => `/v1/webhooks/${encodeURIComponent(webhookId)}`;
