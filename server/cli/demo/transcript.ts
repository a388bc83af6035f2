/** Prints who said what when, in columns. */
import type { Offer } from "@tallystick/client";
import type { IssuanceEvent, Role, Snapshot, VoucherEvent } from "@tallystick/protocol";
import widthOf from "fast-string-width";
import colors from "picocolors";
import { eventDetails, money, quoted, voucherEventDetails } from "../event-details.ts";

/** Who speaks or hears. One terminal is both when its party is its own payer (claims 2 and 7). */
export type Voice = Role | "both";
/** Who speaks of a voucher. */
export type VoucherVoice = Role | "beneficiary" | "operator";

/** The sender hears these too, since its acknowledgement tells more than that its command was taken. */
const ANSWERS: ReadonlySet<IssuanceEvent["type"]> = new Set([
  "account.verified",
  "account.change_agreed",
  "account.kept",
  "voucher.issued",
] as const);

const WIDTHS = { clock: 8, route: 17, what: 25 };

export class Transcript {
  readonly #write: (line: string) => void;
  #began = performance.now();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Begins a scene. */
  scene(number: number, title: string, claims: string): void {
    this.#began = performance.now();
    this.#write("");
    this.#write(`${colors.bold(`${number}  ${title}`)}  ${colors.dim(claims)}`.trimEnd());
  }

  /** A terminal sends a command. */
  said(who: Voice | VoucherVoice, command: string, details = ""): void {
    this.#line(`${who} → hub`, colors.cyan, command, details);
  }

  /** A terminal asks a party to be payer. */
  requested(who: Voice, offer: Offer): void {
    const terms = [money(offer.amount, offer.currency), quoted(offer.memo)].filter(Boolean).join(" ");
    const limit = offer.respondWithin === undefined ? "" : `, to be answered within ${offer.respondWithin} s`;
    this.said(who, "payer:request", `${terms} from ${offer.payer}${limit}`);
  }

  /** The invitation reaches the payer. */
  invited({ issuer, amount, currency, memo }: Snapshot): void {
    const terms = [money(amount, currency), quoted(memo)].filter(Boolean).join(" ");
    this.#line("hub → payer", (text) => text, "payer.requested", `${terms} for ${issuer}`);
  }

  /** A terminal hears an event, live or in its acknowledgement. */
  heard(who: Voice, event: IssuanceEvent): void {
    const isOwn = event.by === who || (who === "both" && event.by !== "hub");
    if (isOwn && !ANSWERS.has(event.type)) return;
    const paint = event.type === "voucher.issued" ? colors.green : (text: string) => text;
    this.#line(`hub → ${who}`, paint, event.type, eventDetails(event));
  }

  /** Issuer, payer and beneficiary have all heard an event of their voucher. */
  allHeard(event: VoucherEvent, currency: string): void {
    const isGood = event.type === "voucher.issued" || event.type === "drawing.settled";
    const paint = isGood ? colors.green : (text: string) => text;
    this.#line("hub → all three", paint, event.type, voucherEventDetails(event, currency));
  }

  /** A terminal's command is refused. */
  refused(who: Voice | VoucherVoice, code: string, meaning: string): void {
    this.#line(`hub → ${who}`, colors.yellow, `✘ ${code}`, meaning);
  }

  #line(route: string, paint: (text: string) => string, what: string, details: string): void {
    const clock = `${((performance.now() - this.#began) / 1000).toFixed(3)} s`.padStart(WIDTHS.clock);
    const columns = [colors.dim(clock), pad(route, WIDTHS.route), paint(pad(what, WIDTHS.what)), details];
    this.#write(`  ${columns.join("  ").trimEnd()}`);
  }
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
