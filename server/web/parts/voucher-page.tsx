/** One voucher: the document, what can be done with it, and whether its signature is good. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { seenWhileShown } from "../model/attention.ts";
import type { Desk } from "../model/desk.ts";
import { save } from "../model/http.ts";
import { toIssuance } from "../model/place.ts";
import { type Proof, prove } from "../model/proof.ts";
import type { VoucherItem } from "../model/voucher-item.ts";
import { clock } from "../words/format.ts";
import { words } from "../words/languages.ts";
import { VoucherDocument } from "./document.tsx";
import { Life } from "./life.tsx";
import { Mark } from "./marks.tsx";
import { Refusal } from "./refusal.tsx";
import { VoucherAct } from "./voucher-act.tsx";

export function VoucherPage({ item, desk }: { item: VoucherItem; desk: Desk }) {
  const proof = useSignal<Proof>({ is: "checking" });
  useSignalEffect(() => seenWhileShown(item));
  const check = async () => {
    proof.value = { is: "checking" };
    const token = await desk.token();
    proof.value = token === undefined ? { is: "none" } : await prove(item.snapshot.value, token);
  };
  // What was signed before is signed anew where something has happened since, or it has ended.
  const { version } = item.snapshot.value;
  useEffect(() => void check(), [item, version]);
  return (
    <>
      <div class="paper">
        <VoucherDocument voucher={item.snapshot.value} proof={proof.value} />
      </div>
      <div class="act">
        <VoucherAct item={item} />
        <ProofOf proof={proof.value} hasEnded={item.ended.value} />
        <Life item={item} />
        <Tools item={item} proof={proof.value} again={() => void check()} />
      </div>
    </>
  );
}

function ProofOf({ proof, hasEnded }: { proof: Proof; hasEnded: boolean }) {
  const w = words.value.voucher;
  if (proof.is === "mismatch") return <Refusal says={[w.mismatch, w.mismatchMoney, w.mismatchNext]} />;
  const [title, why] = {
    checking: [w.checking, ""],
    good: [w.match, w.matchWhy(clock(proof.is === "good" ? proof.at : 0))],
    unchecked: [w.cannotCheck, w.cannotCheckWhy],
    none: [w.noDocument, hasEnded ? w.noSignature : w.noDocumentWhy],
  }[proof.is];
  return (
    <section class="proof" aria-live="polite">
      <h2>
        {proof.is === "good" && <Mark />}
        {title}
      </h2>
      <p class="then">{why}</p>
    </section>
  );
}

function Tools({ item, proof, again }: { item: VoucherItem; proof: Proof; again: () => void }) {
  const w = words.value.voucher;
  const { issuanceId, payer, issuer, voucherId } = item.snapshot.value;
  const document = proof.is === "good" || proof.is === "unchecked" ? proof.document : undefined;
  const isOfIssuance = item.party === payer || item.party === issuer;
  return (
    <div class="tools">
      <button type="button" onClick={() => print()}>
        {w.print} <span>{w.printWhy}</span>
      </button>
      {document !== undefined && (
        <button type="button" onClick={() => save(`${voucherId}.jwt`, document, "application/jose")}>
          {w.file} <span>{`${w.fileWhy}, ${w.unit(document.length)}`}</span>
        </button>
      )}
      {!item.ended.value && (
        <button type="button" onClick={again}>
          {w.verify}
        </button>
      )}
      {isOfIssuance && <a href={toIssuance(issuanceId)}>{w.negotiated}</a>}
    </div>
  );
}
