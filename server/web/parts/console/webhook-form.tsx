/** What an endpoint is made of, as fields and as read from them; and a secret, which is told once. */
import { useSignal } from "@preact/signals";
import type { Webhook, WebhookPut } from "@tallystick/client/operator";
import { EVENT_TYPES } from "@tallystick/protocol/lifecycle";
import { VOUCHER_EVENT_TYPES } from "@tallystick/protocol/voucher-lifecycle";
import { useLayoutEffect, useRef } from "preact/hooks";
import { said } from "../../words/console.ts";
import { Field } from "./parts.tsx";

const TYPES = [...new Set([...EVENT_TYPES, ...VOUCHER_EVENT_TYPES])];

export function WebhookFields({ webhook }: { webhook?: Webhook }) {
  const w = said.value.webhooks;
  const { url, party, types } = webhook ?? {};
  return (
    <>
      <Field label={w.url} name="url" value={url} required maxLength={2000} hint={w.urlWhy} />
      <Field
        label={w.party}
        name="party"
        value={party}
        pattern="[a-z0-9][a-z0-9._\-]*"
        maxLength={64}
        hint={w.partyWhy}
      />
      <details class="types" open={types !== undefined}>
        <summary>{w.types}</summary>
        <fieldset class="choice">
          <legend>{w.typesWhy}</legend>
          {TYPES.map((type) => (
            <label key={type}>
              <input type="checkbox" name={`type ${type}`} defaultChecked={types?.includes(type) ?? false} />
              <span>
                {said.value.events[type] ?? type}
                <small class="id">{type}</small>
              </span>
            </label>
          ))}
        </fieldset>
      </details>
    </>
  );
}

/** What the fields say. */
export function endpointOf(values: Record<string, string>): WebhookPut {
  const { url = "", party } = values;
  const types = TYPES.filter((type) => values[`type ${type}`] !== undefined);
  return { url, ...(party && { party }), ...(types.length > 0 && { types }) };
}

/** Is where whoever has made it looks next, and gone when they leave. */
export function Secret({ secret }: { secret: string }) {
  const w = said.value.webhooks;
  const title = useRef<HTMLHeadingElement>(null);
  const isCopied = useSignal(false);
  useLayoutEffect(() => title.current?.focus(), [secret]);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    isCopied.value = true;
  };
  return (
    <div class="secret">
      <h3 tabIndex={-1} ref={title}>
        {w.secret}
      </h3>
      <p class="id">{secret}</p>
      <p class="then">{w.secretThen}</p>
      {/* Only where the page came over a safe line there is a clipboard. */}
      {"clipboard" in navigator && (
        <div class="pair">
          <button class="button" type="button" onClick={() => void copy()}>
            {w.copy}
          </button>
          <p role="status">{isCopied.value && w.copied}</p>
        </div>
      )}
    </div>
  );
}
