/** Webhooks, and what is on its way to each: what was taken, what waits, what was given up and can be sent again. */
import { useSignal } from "@preact/signals";
import type { Delivery, Webhook } from "@tallystick/client/operator";
import { toSubject } from "../../model/console-place.ts";
import { type Listed, useDoing, useListed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { More, Section, Trouble } from "./parts.tsx";

export function Webhooks() {
  const w = said.value.webhooks;
  const { rows, error, isAll } = useListed((hub) => hub.webhooks.list(), []);
  return (
    <>
      <h1 tabIndex={-1}>{said.value.views.webhooks}</h1>
      <Trouble error={error.value} />
      <p class="nothing" role="status">
        {!rows.value && error.value === undefined && said.value.find.loading}
        {rows.value?.length === 0 && isAll.value && w.none}
      </p>
      {rows.value?.map((webhook) => (
        <Endpoint key={webhook.webhookId} webhook={webhook} />
      ))}
    </>
  );
}

function Endpoint({ webhook }: { webhook: Webhook }) {
  const w = said.value.webhooks;
  const { webhookId, url, party, types, failingSince, endedAt } = webhook;
  const isOpen = useSignal(false);
  return (
    <Section
      title={webhookId}
      aside={
        <p>
          {endedAt !== undefined ? (
            <b class="alarm">{w.ended(dayAndTime(endedAt))}</b>
          ) : failingSince !== undefined ? (
            <b class="alarm">{w.fails(dayAndTime(failingSince))}</b>
          ) : (
            w.good
          )}
        </p>
      }
    >
      <p class="sum">
        <span class="id">{url}</span>
        <span class="muted">{[party, types?.join(", ")].filter(Boolean).join("; ")}</span>
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
      </p>
      {isOpen.value && <Deliveries webhookId={webhookId} />}
    </Section>
  );
}

function Deliveries({ webhookId }: { webhookId: string }) {
  const w = said.value.webhooks;
  const list = useListed((hub) => hub.webhooks.deliveries(webhookId), [webhookId]);
  const { rows, error, isAll } = list;
  return (
    <>
      <Trouble error={error.value} />
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
      <td>{attempts}</td>
      <td class="r">
        {state !== "pending" && (
          <button class="button" type="button" disabled={isBusy.value} onClick={() => void send()}>
            {w.again}
          </button>
        )}
        <Trouble error={error.value} />
      </td>
    </tr>
  );
}
