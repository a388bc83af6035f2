/** Vouchers of the demo, each at the terminals of its issuer, its payer and its beneficiary. */
import type { BeneficiaryVoucher, IssuerVoucher, Offer, PayerVoucher } from "@tallystick/client";
import type { VoucherEvent, VoucherEventType } from "@tallystick/protocol";
import { readSettings } from "../../config.ts";
import { partitionOf } from "../../ledger/keys.ts";
import { money, quoted } from "../event-details.ts";
import type { Player, Stage } from "./stage.ts";
import type { Transcript } from "./transcript.ts";

const PATIENCE_MS = 30_000;

/** Who plays the life of a voucher. */
export interface LifeCast {
  stage: Stage;
  lotus: Player;
  acme: Player;
  nord: Player;
}

/** A voucher of which all three sides are at hand; what all of them have heard is printed once. */
export class Life {
  readonly issuer: IssuerVoucher;
  readonly payer: PayerVoucher;
  readonly beneficiary: BeneficiaryVoucher;
  readonly #transcript: Transcript;
  /** What all have heard, and nobody has waited for yet. */
  readonly #heard: VoucherEvent[] = [];
  #news: () => void = () => undefined;

  constructor(sides: Pick<Life, "issuer" | "payer" | "beneficiary">, transcript: Transcript) {
    this.issuer = sides.issuer;
    this.payer = sides.payer;
    this.beneficiary = sides.beneficiary;
    this.#transcript = transcript;
    const counts = new Map<number, number>();
    for (const voucher of [this.issuer, this.payer, this.beneficiary]) {
      const listen = async () => {
        for await (const event of voucher.events({ from: 1 })) {
          const count = (counts.get(event.version) ?? 0) + 1;
          counts.set(event.version, count);
          if (count === 3) this.#allHeard(event);
        }
      };
      // Terminals that are closed at the end of the demo hear no more.
      listen().catch(() => undefined);
    }
  }

  /** Until all three have heard an event of this type, another than those that were waited for before. */
  async allHear(type: VoucherEventType): Promise<VoucherEvent> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.#heard.findIndex((event) => event.type === type);
      const [event] = found < 0 ? [] : this.#heard.splice(found, 1);
      if (event) return event;
      await new Promise<void>((resolve, reject) => {
        this.#news = resolve;
        signal.addEventListener("abort", () => reject(new Error(`not all have heard of ${type}`)));
      });
    }
  }

  #allHeard(event: VoucherEvent): void {
    this.#transcript.allHeard(event, this.issuer.snapshot.currency);
    this.#heard.push(event);
    this.#news();
  }
}

/** The negotiation was played before: here it goes by in one line, and the voucher is issued. */
export async function issue(
  { stage, lotus, acme, nord }: LifeCast,
  from: { number: string; holder: string },
  offer: Omit<Offer, "payer" | "beneficiary">,
): Promise<Life> {
  const { transcript } = stage;
  const terms = [money(offer.amount, offer.currency), quoted(offer.memo), termsText(offer)].filter(Boolean);
  transcript.said("issuer", "payer:request", `${terms.join(" ")} from ${acme.party} for ${nord.party}`);
  const handed = new Promise<BeneficiaryVoucher>((resolve) => {
    const stop = nord.terminal.onVoucher((voucher) => {
      if (voucher.snapshot.issuer !== lotus.party) return;
      stop();
      resolve(voucher);
    });
  });
  const asIssuer = await lotus.terminal.requestPayer({
    ...offer,
    payer: acme.party,
    beneficiary: nord.party,
    review: "none",
  });
  const asPayer = await acme.terminal.issuance(asIssuer.id);
  if (asPayer.role !== "payer") throw new Error(`${acme.party} is not the payer of ${asIssuer.id}`);
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(from);
  const [issuer, payer] = await Promise.all([asIssuer.voucher(), asPayer.voucher()]);
  const life = new Life({ issuer, payer, beneficiary: await handed }, transcript);
  await life.allHear("voucher.issued");
  return life;
}

function termsText({ approval, validFor }: Pick<Offer, "approval" | "validFor">): string {
  const approved = approval && `drawings wait ${approval.within} s for the ${approval.by}`;
  const valid = validFor === undefined ? undefined : `valid for ${validFor} s`;
  return [approved, valid]
    .filter(Boolean)
    .map((text) => `(${text})`)
    .join(" ");
}

/** A name that puts a party into another partition of the book than the payer's. */
export function nameElsewhere(stage: Stage, name: string, payer: Player): string {
  const { PARTITIONS } = readSettings(process.env);
  const home = partitionOf(payer.party, PARTITIONS);
  const names = [name, ...Array.from({ length: 20 }, (_, index) => `${name}${index + 2}`)];
  return names.find((one) => partitionOf(stage.nameOf(one), PARTITIONS) !== home) ?? name;
}
