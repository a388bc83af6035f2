/**
 * Account numbers for a page that is to show their last digits alone. Where `Prefer: numbers=masked` (RFC 7240) asks
 * for it, a handle stands for each number, and every route takes it in the number's place, so that the page can
 * work with an account and its browser never has the number.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Account, AuditReport, Settlement } from "@tallystick/protocol";
import { ACCOUNT_HANDLE_PATTERN, lastDigits } from "@tallystick/protocol";

const TAG_BYTES = 16;
/** An account as findings of an audit name it, `party/number`, and as a key of the store does. */
const NAMED = /([a-z0-9][a-z0-9._-]{0,63}\/|account:[a-z0-9][a-z0-9._-]{0,63}:)([A-Za-z0-9-]{1,34})/g;

export class NumberMasks {
  readonly #sealing: Buffer;
  readonly #hiding: Buffer;

  /** @param secret what those have alone who may read the numbers anyway. */
  constructor(secret: Uint8Array | string) {
    // Everybody knows the keys that come of nothing.
    if (secret.length === 0) throw new Error("account numbers can't be masked without a secret");
    const bytes = Buffer.from(hkdfSync("sha256", secret, "", "tallystick account numbers", 64));
    this.#sealing = bytes.subarray(0, 32);
    this.#hiding = bytes.subarray(32);
  }

  /** The handle of a text of a party's; always the same, so that it can be an address. */
  seal(party: string, text: string): string {
    // The tag of what is hidden is where the cipher begins: one text has one handle, two texts never share a key stream.
    const tag = this.#tagOf(party, text);
    const cipher = createCipheriv("aes-256-ctr", this.#hiding, tag);
    return `~${Buffer.concat([tag, cipher.update(text, "utf8"), cipher.final()]).toString("base64url")}`;
  }

  /** What a handle stands for; undefined of what is none of this party's. */
  open(party: string, handle: string): string | undefined {
    if (!ACCOUNT_HANDLE_PATTERN.test(handle)) return undefined;
    const bytes = Buffer.from(handle.slice(1), "base64url");
    const tag = bytes.subarray(0, TAG_BYTES);
    if (tag.length < TAG_BYTES) return undefined;
    const cipher = createDecipheriv("aes-256-ctr", this.#hiding, tag);
    const text = Buffer.concat([cipher.update(bytes.subarray(TAG_BYTES)), cipher.final()]).toString("utf8");
    return timingSafeEqual(tag, this.#tagOf(party, text)) ? text : undefined;
  }

  /** An answer with handles for the numbers in it; `party` is the path's, where it has one. */
  mask(answer: object, party = ""): object {
    const { accounts: found, settlements, findings, audit, next, ...rest } = answer as Answer;
    // An audit has a count under that name.
    const accounts = Array.isArray(found) ? found : undefined;
    return {
      ...this.#named(rest),
      ...(typeof found === "number" && { accounts: found }),
      ...(rest.to && { to: this.#named(rest.to) }),
      ...(accounts && { accounts: accounts.map((account) => this.#named(account)) }),
      ...(settlements && { settlements: settlements.map((one) => ({ ...one, to: this.#named(one.to) })) }),
      ...(findings && { findings: findings.map(maskFinding) }),
      ...(audit && { audit: this.mask(audit) }),
      ...(next !== undefined && { next: accounts ? this.seal(party, next) : next }),
    };
  }

  #named<T extends { party?: string; number?: string }>(one: T): T {
    const { party, number } = one;
    if (party === undefined || number === undefined) return one;
    return { ...one, number: this.seal(party, number), last4: lastDigits(number) };
  }

  #tagOf(party: string, text: string): Buffer {
    return createHmac("sha256", this.#sealing).update(`${party}\n${text}`).digest().subarray(0, TAG_BYTES);
  }
}

/** What the routes that answer numbers answer. */
type Answer = Partial<Account> & {
  accounts?: Account[] | number;
  settlements?: Settlement[];
  to?: Settlement["to"];
  findings?: Finding[];
  audit?: AuditReport;
  next?: string;
};
type Finding = NonNullable<AuditReport["findings"]>[number];

/** A finding is a text for people, which names accounts: by `party/number`, by a key, or by the subject's number alone. */
function maskFinding({ subject, problem, rule }: Finding): Finding {
  const number = /^[a-z0-9][a-z0-9._-]{0,63}\/([A-Za-z0-9-]{1,34})$/.exec(subject)?.[1];
  const told = number === undefined ? problem : problem.replaceAll(number, dotted(number));
  return { subject: maskText(subject), problem: maskText(told), rule };
}

function maskText(text: string): string {
  return text.replace(NAMED, (_, before, number) => `${before}${dotted(number)}`);
}

const dotted = (number: string) => `····${lastDigits(number)}`;
