/** Hubs, store and archive, as they are now. */
import { live, slices } from "../../model/operator.ts";
import { said } from "../../words/console.ts";
import { round } from "./chart.tsx";
import { Section } from "./parts.tsx";

export function House() {
  const w = said.value;
  const { hubs = [], store, archive } = live.value ?? {};
  const failed = slices.value.reduce((total, slice) => total + slice.failed, 0);
  return (
    <Section title={w.house} aside={<p>{w.houseSub}</p>}>
      <dl class="things">
        {hubs.map(({ hub, host, pid, version, busy, memoryBytes, connections }) => (
          <div key={hub}>
            <dt>
              {host} <span class="muted">{pid}</span>
            </dt>
            <dd>{w.hubLine(Math.round(busy * 100), Math.round(memoryBytes / 1_000_000), connections)}</dd>
            <dd class="muted">{version}</dd>
          </div>
        ))}
        <div>
          <dt>{w.store}</dt>
          <dd>
            {!store && w.figures.notYet}
            {store?.problem !== undefined && <b class="alarm">{store.problem}</b>}
            {store?.durability && w.storeUp(w.durability[store.durability] ?? store.durability)}
            {store?.degraded !== undefined && <b class="alarm"> {w.degraded(store.degraded)}</b>}
            {store?.issues && <b class="alarm"> {w.noIssues}</b>}
          </dd>
        </div>
        <div>
          <dt>{w.archive}</dt>
          <dd>
            {!archive && w.archiveNone}
            {archive &&
              (archive.isUp ? w.archiveUp(round(archive.lagSeconds)) : <b class="alarm">{w.archiveDown}</b>)}
            {archive && archive.heldUp > 0 && <b class="alarm"> {w.heldUp(archive.heldUp)}</b>}
          </dd>
        </div>
        <div>
          <dt>{w.failures}</dt>
          <dd>{w.failuresSub(failed)}</dd>
        </div>
      </dl>
    </Section>
  );
}
