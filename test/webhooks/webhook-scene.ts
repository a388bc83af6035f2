/** A hub with an archive whose webhooks may go to this machine, and three parties. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery, DeliveryPage, Webhook, WebhookPut } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { startHub, type TestHub, type TestHubOptions } from "../helpers/hub.ts";
import { type Answer, call, jsonOf } from "../http/client.ts";
import { openVoucherScene, type VoucherScene } from "../vouchers/scene.ts";

/** Between two questions about what must come: a hub that is asked without a pause does its work later. */
const POLL_MS = 20;

export interface WebhookScene {
  readonly hub: TestHub;
  readonly parties: VoucherScene;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(id: string, endpoint: WebhookPut): Promise<Webhook>;
  deliveries(id: string, query?: string): Promise<Delivery[]>;
  /** Waits until there is such a delivery. */
  delivery(id: string, isIt: (one: Delivery) => boolean): Promise<Delivery>;
  /** Asks a party to be payer, and takes it back: two events of one issuance. */
  twoEvents(): Promise<string>;
  /** Waits until the archive has such an issuance. */
  archived(issuanceId: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWebhookScene(
  archiveUrl: string,
  { settings = {}, ...options }: TestHubOptions = {},
): Promise<WebhookScene> {
  const hub = await startHub({
    ...options,
    settings: { ARCHIVE_URL: archiveUrl, WEBHOOK_ALLOW_PRIVATE: "yes", ...settings },
  });
  const parties = await openVoucherScene(hub);
  const token = await hub.token("ops", { operator: true });
  const ask: WebhookScene["ask"] = (method, path, body, headers = {}) =>
    call(hub, method, path, { token, headers, ...(body !== undefined && { body }) });
  const deliveries = async (id: string, query = "") =>
    (jsonOf(await ask("GET", `/v1/webhooks/${id}/deliveries${query}`)) as DeliveryPage).deliveries;
  // Its threads begin beside the hub.
  while ((await ask("GET", "/v1/webhooks")).status !== 200) await sleep(POLL_MS);
  return {
    hub,
    parties,
    ask,
    archived: async (id) => {
      while (JSON.parse((await ask("GET", `/v1/issuances/${id}/events`)).text).events?.length !== 2)
        await sleep(POLL_MS);
    },
    put: async (id, endpoint) => jsonOf(await ask("PUT", `/v1/webhooks/${id}`, endpoint)) as Webhook,
    deliveries,
    delivery: async (id, isIt) => {
      for (;;) {
        const found = (await deliveries(id)).find(isIt);
        if (found) return found;
        await sleep(POLL_MS);
      }
    },
    twoEvents: async () => {
      const offer = { payer: parties.payer.party, amount: 1, currency: "CNY" };
      const { issuanceId } = (await parties.issuer.accepted("payer:request", offer)).issuance;
      await parties.issuer.accepted("issuance:cancel", { issuanceId });
      return issuanceId;
    },
    close: async () => {
      parties.close();
      await hub.close();
    },
  };
}

/** Every subject's events have come in their order, each version at least once and no gap. */
export function inOrder(events: readonly { subject: string; sequence: string }[]): void {
  const reached = new Map<string, number>();
  for (const { subject, sequence } of events) {
    const before = reached.get(subject);
    const version = Number(sequence);
    assert.ok(
      before === undefined || version === before || version === before + 1,
      `${subject} ${before} ${version}`,
    );
    reached.set(subject, version);
  }
}
