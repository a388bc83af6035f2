/** What operators do with webhooks, over HTTP and on the command line. */
import type {
  Delivery,
  DeliveryPage,
  Webhook,
  WebhookDeleted,
  WebhookPage,
  WebhookPut,
} from "@tallystick/protocol";
import { freshWriteId } from "../ledger/write-ids.ts";
import type { Asked, CallsWebhooks } from "./calls.ts";
import { findAddress, type Network } from "./find-address.ts";

/** What came of a write. */
export type WebhookWritten<T> =
  | { kind: "done"; value: T }
  | { kind: "refused"; code: "invalid_request"; message: string }
  | { kind: "refused"; code: "not_found" };

/** How long the DNS may take before an endpoint is put, milliseconds. */
const ANSWER_MS = 8_000;

export class Webhooks {
  readonly #calls: CallsWebhooks;
  readonly #network: Network;

  constructor(calls: CallsWebhooks, network: Network) {
    this.#calls = calls;
    this.#network = network;
  }

  list(page: Asked<"listWebhooks">): Promise<WebhookPage> {
    return this.#calls.call("listWebhooks", page);
  }

  find(id: string): Promise<Webhook | undefined> {
    return this.#calls.call("readWebhook", id);
  }

  /** A page of an endpoint's deliveries; undefined when there is no such endpoint. */
  deliveries(page: Asked<"listDeliveries">): Promise<DeliveryPage | undefined> {
    return this.#calls.call("listDeliveries", page);
  }

  /** Makes it, or sets it anew; its secret is told when it is made. @param writeId of the one intent. */
  async put(id: string, put: WebhookPut, writeId = freshWriteId()): Promise<WebhookWritten<Webhook>> {
    const found = await findAddress(put.url, this.#network, AbortSignal.timeout(ANSWER_MS));
    if (found.kind !== "found")
      return { kind: "refused", code: "invalid_request", message: `url: ${found.reason}` };
    return writtenOf(await this.#calls.call("putWebhook", { ...put, id, writeId }));
  }

  async rotate(id: string, writeId = freshWriteId()): Promise<WebhookWritten<Webhook>> {
    return writtenOf(await this.#calls.call("rotateWebhook", { id, writeId }));
  }

  async delete(id: string, writeId = freshWriteId()): Promise<WebhookWritten<WebhookDeleted>> {
    return writtenOf(await this.#calls.call("deleteWebhook", { id, writeId }));
  }

  async again(id: string, deliveryId: string, writeId = freshWriteId()): Promise<WebhookWritten<Delivery>> {
    return writtenOf(await this.#calls.call("deliverAgain", { id, deliveryId, writeId }));
  }
}

function writtenOf<T>(value: T | undefined): WebhookWritten<T> {
  return value === undefined ? { kind: "refused", code: "not_found" } : { kind: "done", value };
}
