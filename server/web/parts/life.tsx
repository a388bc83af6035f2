/** All that has happened to a voucher, and who did it. */
import type { VoucherEvent } from "@tallystick/client";
import type { VoucherItem } from "../model/voucher-item.ts";
import { clock, day } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { Blanked, Name, Sum, Text } from "./values.tsx";

export function Life({ item }: { item: VoucherItem }) {
  const w = words.value.history;
  return (
    <section class="life" aria-labelledby="life">
      <h2 id="life">{w.happened}</h2>
      <ol>
        {item.events.value.map((event) => (
          <li key={event.version} class={item.unseen.value.has(event.version) ? "just" : ""}>
            <time dateTime={new Date(event.at).toISOString()}>
              {day(event.at)} {clock(event.at)}
            </time>
            <p>
              <Actor item={item} by={event.by} />{" "}
              <What event={event} currency={item.snapshot.value.currency} />
            </p>
            {"reason" in event && event.reason !== undefined && (
              <q>
                <Text text={event.reason} />
              </q>
            )}
          </li>
        ))}
      </ol>
      <Blanked of={item.snapshot.value} />
    </section>
  );
}

function Actor({ item, by }: { item: VoucherItem; by: VoucherEvent["by"] }) {
  const { hub, history } = words.value;
  if (by === "hub") return <span>{hub}</span>;
  if (by === "operator") return <span>{history.operator}</span>;
  return <Name party={item.snapshot.value[by]} />;
}

function What({ event, currency }: { event: VoucherEvent; currency: string }) {
  const amount = "amount" in event ? event.amount : "released" in event ? (event.released ?? 0) : 0;
  return (
    <span>
      {words.value.history.event[event.type](<Sum amount={amount} currency={currency} />, event.by)}
    </span>
  );
}
