/** A party: its accounts, where its issuances and vouchers are, and its tokens, which can be revoked. */
import { useSignal } from "@preact/signals";
import { to, toAccount } from "../../model/console-place.ts";
import { useListed } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { words } from "../../words/languages.ts";
import { Money, Text } from "../values.tsx";
import { Deciding, type Decision } from "./deciding.tsx";
import { More, Section, Trouble } from "./parts.tsx";

export function PartyPage({ party }: { party: string }) {
  const w = said.value.party;
  return (
    <>
      <p class="above">
        <a href={to("accounts")}>← {said.value.views.accounts}</a>
      </p>
      <h1 tabIndex={-1}>
        {w.title} <span class="id">{party}</span>
      </h1>
      <p class="sum">
        <a href={`${to("issuances")}?party=${party}`}>{w.issuances}</a>
        <a href={`${to("vouchers")}?party=${party}`}>{w.vouchers}</a>
      </p>
      <div class="two wide">
        <OwnAccounts party={party} />
        <Tokens party={party} />
      </div>
    </>
  );
}

function OwnAccounts({ party }: { party: string }) {
  const w = said.value;
  const list = useListed((hub) => hub.accounts(party), [party]);
  const { rows, error, isAll } = list;
  return (
    <Section title={w.party.accounts}>
      <Trouble of="reading" error={error.value} />
      <p class="nothing" role="status">
        {!rows.value && error.value === undefined && w.find.loading}
        {rows.value?.length === 0 && isAll.value && w.party.noAccounts}
      </p>
      {rows.value && rows.value.length > 0 && (
        <dl class="things">
          {rows.value.map(({ number, last4, holder, kind, currency, available, status }) => (
            <div key={number}>
              <dt>
                {words.value.kind(kind)} ····{last4}
              </dt>
              <dd>
                <a href={toAccount(party, number)}>
                  <Text text={holder} />
                </a>
                {status === "blocked" && <b class="alarm"> {w.accounts.blocked}</b>}
              </dd>
              <dd>
                {w.accounts.available} <Money amount={available} currency={currency} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <More list={list} />
    </Section>
  );
}

function Tokens({ party }: { party: string }) {
  const w = said.value.party;
  const until = useSignal<number | undefined>(undefined);
  const revoke: Decision = {
    label: w.revoke,
    effect: w.revokeThen,
    isOfNoMoney: true,
    act: async (hub, _, commandId) => {
      until.value = (await hub.revoke(party, { commandId })).revokedAt;
    },
  };
  return (
    <Section title={w.tokens}>
      <p class="then">{w.tokensWhat}</p>
      <Deciding decisions={[revoke]} decided={() => undefined} />
      <p role="status" class="told">
        {until.value !== undefined && w.revoked(dayAndTime(until.value))}
      </p>
    </Section>
  );
}
