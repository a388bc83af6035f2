/** What operators do with webhooks, over HTTP and on the command line. */
import type {
  Delivery,
  DeliveryPage,
  Webhook,
  WebhookDeleted,
  WebhookPage,
  WebhookPut,
} from "@tallystick/protocol";
import type { WebhookAct, WebhookActs } from "../ledger/webhook-acts.ts";
import type { Asked, CallsWebhooks } from "./calls.ts";
import { findAddress, type Network } from "./find-address.ts";

/** What came of a write. */
export type WebhookWritten<T> =
  | { kind: "done"; value: T }
  | { kind: "refused"; code: "invalid_request"; message: string }
  | { kind: "refused"; code: "not_found" };

/** How long the DNS may take before an endpoint is put, milliseconds. */
const ANSWER_MS = 8_000;

/** Who writes into the journal what operators do: the book, in which the endpoints themselves are not. */
export type NotesActs = Pick<WebhookActs, "freshId" | "note">;

export class Webhooks {
  readonly #calls: CallsWebhooks;
  readonly #network: Network;
  readonly #acts: NotesActs;

  constructor(calls: CallsWebhooks, network: Network, acts: NotesActs) {
    this.#calls = calls;
    this.#network = network;
    this.#acts = acts;
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
  async put(id: string, put: WebhookPut, writeId = this.#acts.freshId()): Promise<WebhookWritten<Webhook>> {
    const found = await findAddress(put.url, this.#network, AbortSignal.timeout(ANSWER_MS));
    if (found.kind !== "found")
      return { kind: "refused", code: "invalid_request", message: `url: ${found.reason}` };
    await this.#note({ kind: "webhook.put", webhookId: id, asked: put }, writeId);
    return writtenOf(await this.#calls.call("putWebhook", { ...put, id, writeId }));
  }

  async rotate(id: string, writeId = this.#acts.freshId()): Promise<WebhookWritten<Webhook>> {
    if (!(await this.#note({ kind: "webhook.rotated", webhookId: id }, writeId))) return NOT_FOUND;
    return writtenOf(await this.#calls.call("rotateWebhook", { id, writeId }));
  }

  async delete(id: string, writeId = this.#acts.freshId()): Promise<WebhookWritten<WebhookDeleted>> {
    await this.#note({ kind: "webhook.deleted", webhookId: id }, writeId);
    return writtenOf(await this.#calls.call("deleteWebhook", { id, writeId }));
  }

  async again(
    id: string,
    deliveryId: string,
    writeId = this.#acts.freshId(),
  ): Promise<WebhookWritten<Delivery>> {
    if (!(await this.#note({ kind: "webhook.resent", webhookId: id, deliveryId }, writeId))) return NOT_FOUND;
    return writtenOf(await this.#calls.call("deliverAgain", { id, deliveryId, writeId }));
  }

  /**
   * Writes it into the journal before it is done, so that nothing is done without. @returns false where there is nothing
   * that it could be done to. @throws ArchiveAwayError, and nothing is written then.
   */
  async #note(act: WebhookAct, writeId: string): Promise<boolean> {
    const { kind, webhookId: id, deliveryId } = act;
    const isMade = kind === "webhook.put" || kind === "webhook.deleted";
    const isThere = await this.#calls.call("canBeDone", { id, deliveryId, writeId });
    if (!isThere && !isMade) return false;
    await this.#acts.note(act, writeId);
    return true;
  }
}

const NOT_FOUND = { kind: "refused", code: "not_found" } as const;

function writtenOf<T>(value: T | undefined): WebhookWritten<T> {
  return value === undefined ? NOT_FOUND : { kind: "done", value };
}
