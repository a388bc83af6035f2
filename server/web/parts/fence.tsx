/** What is said where the store has gone back behind what somebody saw, and what can still be done. */
import { desk } from "../model/current.ts";
import type { AnyItem } from "../model/desk.ts";
import { words } from "../words/languages.ts";
import { Refusal } from "./refusal.tsx";

/** Nothing goes forward until an operator has decided, of which nobody is told: so one can look again. */
export function Fence({ item }: { item: AnyItem }) {
  const w = words.value.fence;
  if (!item.fenced.value || item.ended.value) return null;
  return (
    <Refusal says={[w.what, w.money, w.next[item.kind]]}>
      <button class="button" type="button" onClick={() => desk.value?.lookAgain(item)}>
        {w.again}
      </button>
    </Refusal>
  );
}

/** What was shown here is no longer what the hub has. */
export function Lost({ item }: { item: AnyItem }) {
  const w = words.value.fence;
  return (
    <Refusal says={[w.lost, w.money, w.lostNext]}>
      <button class="button" type="button" onClick={() => void desk.value?.begin(item)}>
        {w.anew}
      </button>
    </Refusal>
  );
}
