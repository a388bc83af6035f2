/** History: all that this party had a part in, to be searched; the newest first, and more as one goes down. */
import { useEffect, useMemo } from "preact/hooks";
import type { Desk } from "../model/desk.ts";
import type { Found } from "../model/found.ts";
import { toHistory, toIssuance, toVoucher } from "../model/place.ts";
import { addressOf, isNarrow, type Search } from "../model/search.ts";
import { words } from "../words/languages.ts";
import { HistorySearch } from "./history-search.tsx";
import { Hits } from "./hits.tsx";
import { Loading, UncutMark } from "./marks.tsx";
import { More } from "./more.tsx";
import { Refusal } from "./refusal.tsx";

export function HistoryPage({ desk, search }: { desk: Desk; search: Search }) {
  const w = words.value.history;
  const found = useMemo(() => desk.history(search), [desk, addressOf(search)]);
  useEffect(() => {
    // What was shown before stays while it is looked at anew.
    void (found.hits.value.length === 0 ? found.more() : found.refresh());
  }, [found]);
  return (
    <div class="talk history">
      <h1 tabIndex={-1}>{w.title}</h1>
      <HistorySearch search={search} />
      <Outcome found={found} party={desk.terminal.party} />
    </div>
  );
}

/** The number of one is no word of it: it leads there. */
function linkOf(q: string): string | undefined {
  if (/^v\d{1,5}-[\w-]{16}$/.test(q)) return toVoucher(q);
  return /^\d{1,5}-[\w-]{16}$/.test(q) ? toIssuance(q) : undefined;
}

function Outcome({ found, party }: { found: Found; party: string }) {
  const w = words.value.history;
  const hits = found.hits.value;
  const state = found.state.value;
  const link = linkOf(found.search.q.trim());
  if (link)
    return (
      <p class="found-id">
        <a class="button" href={link}>
          {w.openId}
        </a>
      </p>
    );
  if (state === "all" && hits.length === 0) return <Nothing search={found.search} />;
  return (
    <>
      {hits.length > 0 && <Hits hits={hits} party={party} />}
      {state === "failed" && (
        <Refusal says={w.failed}>
          <button class="button" type="button" onClick={() => void found.more()}>
            {w.again}
          </button>
        </Refusal>
      )}
      {hits.length === 0 && state === "asking" && <Loading says={w.asking} />}
      <More
        state={state}
        label={w.showMore}
        asking={hits.length === 0 ? "" : w.asking}
        all={w.isAll(hits.length)}
        more={() => void found.more()}
      />
    </>
  );
}

function Nothing({ search }: { search: Search }) {
  const w = words.value.history;
  const isSearch = isNarrow(search);
  return (
    <div class="empty">
      <UncutMark />
      <h2>{isSearch ? w.noneTitle(search.q.trim()) : w.emptyTitle}</h2>
      <p role="status">{isSearch ? w.none : w.empty}</p>
      {isSearch && (
        <a class="button" href={toHistory({ of: search.of })}>
          {w.clear}
        </a>
      )}
    </div>
  );
}
