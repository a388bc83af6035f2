/** A new endpoint; what is there already is never set anew from here. */
import { useSignal } from "@preact/signals";
import { isTallystickError, type Operator } from "@tallystick/client/operator";
import { to } from "../../model/console-place.ts";
import { useDoing } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { Refusal } from "../refusal.tsx";
import { Field, Trouble, valuesOf } from "./parts.tsx";
import { endpointOf, Secret, WebhookFields } from "./webhook-form.tsx";

async function isThere(hub: Operator, webhookId: string): Promise<boolean> {
  try {
    await hub.webhooks.get(webhookId);
    return true;
  } catch (error) {
    if (isTallystickError(error, "not_found")) return false;
    throw error;
  }
}

export function NewWebhook() {
  const w = said.value.webhooks;
  const { isBusy, error, run } = useDoing();
  const isTaken = useSignal(false);
  const made = useSignal<{ webhookId: string; secret: string } | undefined>(undefined);
  /** Under which it was sent whose answer did not come: what is there then is what it has made. */
  const sent = useSignal("");
  const submit = async (event: Event) => {
    const { id = "", ...values } = valuesOf(event);
    const endpoint = endpointOf(values);
    isTaken.value = false;
    await run(
      async (hub, commandId) => {
        if (sent.value !== commandId && (await isThere(hub, id))) {
          isTaken.value = true;
          return;
        }
        sent.value = commandId;
        const { secret = "" } = await hub.webhooks.put(id, endpoint, { commandId });
        made.value = { webhookId: id, secret };
      },
      [id, endpoint],
    );
  };
  return (
    <>
      <p class="above">
        <a href={to("webhooks")}>← {w.back}</a>
      </p>
      <h1 tabIndex={-1}>{made.value?.webhookId ?? w.add}</h1>
      {made.value ? (
        <Secret secret={made.value.secret} />
      ) : (
        <form class="narrow" onSubmit={(event) => void submit(event)}>
          <Field
            label={w.id}
            name="id"
            required
            pattern="[a-z0-9][a-z0-9._\-]*"
            maxLength={64}
            hint={w.idWhy}
          />
          <WebhookFields />
          <p class="then">{w.createThen}</p>
          {isTaken.value && (
            <Refusal says={[w.taken, said.value.refusal.money.untouched ?? "", w.takenNext]} />
          )}
          <Trouble of="nothing" error={error.value} />
          <div class="pair">
            <button class="button first" type="submit" disabled={isBusy.value}>
              {w.create}
            </button>
          </div>
        </form>
      )}
    </>
  );
}
