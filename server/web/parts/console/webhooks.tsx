/** Webhooks: made, changed and ended; and what is on its way to each: what was taken, what waits, what was given up and can be sent again. */
import { useSignal } from "@preact/signals";
import type { Delivery, Webhook } from "@tallystick/client/operator";
import { to, toSubject } from "../../model/console-place.ts";
import { type Listed, useDoing, useListed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { Deciding, type Decision } from "./deciding.tsx";
import { More, Section, Trouble } from "./parts.tsx";
import { endpointOf, Secret, WebhookFields } from "./webhook-form.tsx";

export function Webhooks() {
  const w = said.value.webhooks;
  const list = useListed((hub) => hub.webhooks.list(), []);
  const { rows, error, isAll } = list;
  return (
    <>
      <div class="h">
        <h1 tabIndex={-1}>{said.value.views.webhooks}</h1>
        <a href={to("webhooks", "new")}>{w.add}</a>
      </div>
      <Trouble of="reading" error={error.value} />
      <p class="nothing" role="status">
        {!rows.value && error.value === undefined && said.value.find.loading}
        {rows.value?.length === 0 && isAll.value && w.none}
      </p>
      {rows.value?.map((webhook) => (
        <Endpoint key={webhook.webhookId} webhook={webhook} again={list.again} />
      ))}
      <More list={list} />
    </>
  );
}

/** How it does: given up, failing, or well. */
function Health({ webhook: { failingSince, endedAt } }: { webhook: Webhook }) {
  const w = said.value.webhooks;
  if (endedAt !== undefined) return <b class="alarm">{w.ended(dayAndTime(endedAt))}</b>;
  if (failingSince !== undefined) return <b class="alarm">{w.fails(dayAndTime(failingSince))}</b>;
  return <>{w.good}</>;
}

function Endpoint({ webhook: listed, again }: { webhook: Webhook; again: () => void }) {
  const w = said.value.webhooks;
  const changed = useSignal<Webhook | undefined>(undefined);
  const isOpen = useSignal(false);
  const isDeleted = useSignal(false);
  const webhook = changed.value ?? listed;
  const { webhookId, url, party, types, rotatedUntil, secret } = webhook;
  const decisions = decisionsOn(webhook, {
    changed: (anew) => {
      changed.value = anew;
    },
    deleted: () => {
      isDeleted.value = true;
    },
  });
  const decided = () => {
    if (!isDeleted.value) return;
    again();
    document.querySelector<HTMLElement>("main h1")?.focus();
  };
  return (
    <Section
      title={webhookId}
      aside={
        <p>
          <Health webhook={webhook} />
        </p>
      }
    >
      <p class="where id">{url}</p>
      <p class="then">
        {types ? w.some(types.length) : w.all}
        {party && `, ${w.of(party)}`}
        {types && <small class="id">{types.join(", ")}</small>}
        {rotatedUntil !== undefined && <small>{w.both(dayAndTime(rotatedUntil))}</small>}
      </p>
      <Deciding decisions={decisions} decided={decided}>
        <button
          class="button"
          type="button"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {w.deliveries}
        </button>
      </Deciding>
      {secret !== undefined && <Secret secret={secret} />}
      {isOpen.value && <Deliveries webhookId={webhookId} />}
    </Section>
  );
}

/** What can be done with an endpoint. */
function decisionsOn(
  webhook: Webhook,
  told: { changed: (anew: Webhook) => void; deleted: () => void },
): readonly Decision[] {
  const w = said.value.webhooks;
  const { webhookId } = webhook;
  return [
    {
      label: w.change,
      effect: w.changeThen,
      isOfNoMoney: true,
      go: w.save,
      fields: <WebhookFields webhook={webhook} />,
      act: async (hub, values, commandId) =>
        told.changed(await hub.webhooks.put(webhookId, endpointOf(values), { commandId })),
    },
    {
      label: w.rotate,
      effect: w.rotateThen,
      isOfNoMoney: true,
      act: async (hub, _, commandId) => told.changed(await hub.webhooks.rotate(webhookId, { commandId })),
    },
    {
      label: w.delete,
      effect: w.deleteThen,
      isOfNoMoney: true,
      act: async (hub, _, commandId) => {
        await hub.webhooks.delete(webhookId, { commandId });
        told.deleted();
      },
    },
  ];
}

function Deliveries({ webhookId }: { webhookId: string }) {
  const w = said.value.webhooks;
  const list = useListed((hub) => hub.webhooks.deliveries(webhookId), [webhookId]);
  const { rows, error, isAll } = list;
  return (
    <>
      <Trouble of="reading" error={error.value} />
      {rows.value?.length === 0 && isAll.value && <p class="nothing">{w.noDeliveries}</p>}
      {rows.value && rows.value.length > 0 && (
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">{said.value.subject.what}</th>
              <th scope="col">{said.value.find.state}</th>
              <th scope="col">{w.attempts}</th>
              <th scope="col" class="r">
                <span class="visually-hidden">{w.again}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.value.map((delivery) => (
              <Row key={delivery.deliveryId} delivery={delivery} webhookId={webhookId} list={list} />
            ))}
          </tbody>
        </table>
      )}
      <More list={list} />
    </>
  );
}

interface RowProps {
  delivery: Delivery;
  webhookId: string;
  list: Listed<Delivery>;
}

function Row({ delivery, webhookId, list }: RowProps) {
  const w = said.value.webhooks;
  const { deliveryId, type, subject, version, state, attempts, nextAt, status, reason } = delivery;
  const { isBusy, error, run } = useDoing();
  const send = async () => {
    if (await run((hub) => hub.webhooks.again(webhookId, deliveryId))) list.again();
  };
  return (
    <tr>
      <th scope="row">
        {type} <a class="id" href={toSubject(subject)}>{`${subject} ${version}`}</a>
      </th>
      <td>
        {w.states[state] ?? state}
        {nextAt !== undefined && <small>{w.next(dayAndTime(nextAt))}</small>}
        {(reason || status !== undefined) && <small>{[status, reason].filter(Boolean).join(" ")}</small>}
      </td>
      <td data-k={w.attempts}>{attempts}</td>
      <td class="r">
        {state !== "pending" && (
          <button class="button" type="button" disabled={isBusy.value} onClick={() => void send()}>
            {w.again}
          </button>
        )}
        <Trouble of="nothing" error={error.value} />
      </td>
    </tr>
  );
}
