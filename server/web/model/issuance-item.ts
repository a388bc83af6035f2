/** An issuance on the page, as its party has it: issuer, payer, or both. */

import { computed, signal } from "@preact/signals";
import type { IssuanceEvent, IssuerIssuance, PayerIssuance, Role, Snapshot } from "@tallystick/client";
import { hasEnded } from "@tallystick/client";
import { ruleOf } from "@tallystick/protocol/lifecycle";
import { commandsNow, type IssuanceCommand, waitsFor } from "@tallystick/protocol/next-steps";
import { type Input, type Intent, Item, type Turn } from "./item.ts";

export class IssuanceItem extends Item<IssuanceEvent> {
  readonly kind = "issuance";
  readonly issuance: IssuerIssuance | PayerIssuance;
  readonly snapshot = signal<Snapshot>(undefined as unknown as Snapshot);
  /** Whether the other side is here; undefined until that is known. */
  readonly here = signal<boolean | undefined>(undefined);

  constructor(issuance: IssuerIssuance | PayerIssuance, isSeen: (at: number) => boolean) {
    super(issuance.id, issuance.snapshot.version, isSeen);
    this.issuance = issuance;
    this.snapshot.value = issuance.snapshot;
  }

  /** Hears all that happens until its end, which this resolves with. */
  async follow(): Promise<Snapshot> {
    const stop = this.issuance.onPresence((here) => {
      this.here.value = here;
    });
    const forget = this.issuance.on((_event, snapshot) => {
      this.snapshot.value = snapshot;
    });
    this.snapshot.value = this.issuance.snapshot;
    await this.hearAll(this.issuance.events({ from: 1 }));
    this.snapshot.value = this.issuance.snapshot;
    forget();
    stop();
    return this.issuance.snapshot;
  }

  /** One party may have both (claims 2 and 7). */
  readonly roles = computed<readonly Role[]>(() => {
    const { issuer, payer } = this.snapshot.value;
    return issuer === payer ? ["issuer", "payer"] : [this.issuance.role];
  });

  readonly other = computed(() => {
    const { issuer, payer } = this.snapshot.value;
    return this.issuance.role === "issuer" ? payer : issuer;
  });

  readonly ended = computed(() => hasEnded(this.snapshot.value.state));

  readonly turn = computed<Turn>(() => {
    const role = waitsFor(this.snapshot.value.state);
    if (!role) return "nobody";
    // Nothing goes forward before the operator has decided.
    if (this.fenced.value) return "theirs";
    return this.roles.value.includes(role) ? "mine" : "theirs";
  });

  readonly until = computed(() => this.snapshot.value.deadline);

  readonly commands = computed<readonly IssuanceCommand[]>(() =>
    commandsNow({
      snapshot: this.snapshot.value,
      roles: this.roles.value,
      wasRefused: this.events.value.some(({ type }) => type === "account.refused"),
    }).filter((command) => !this.fenced.value || ruleOf(command).passesFence),
  );

  protected get version(): number {
    return this.issuance.snapshot.version;
  }

  protected dispatch(command: IssuanceCommand, input: Input, intent: Intent): Promise<unknown> {
    const { issuance } = this;
    const { account, reason } = input;
    const payer = () => (issuance.role === "payer" ? issuance : issuance.asPayer());
    const issuer = () => issuance as IssuerIssuance;
    switch (command) {
      case "payer:agree":
        return payer().agree(intent);
      case "payer:decline":
        return payer().decline(reason, intent);
      case "issuance:open":
        return issuer().open(intent);
      case "account:submit":
        return payer().submitAccount(account as NonNullable<Input["account"]>, intent);
      case "account:change":
        return issuance.changeAccount(reason, intent);
      case "account:keep":
        return payer().keepAccount(intent);
      case "issuance:accept":
        return issuer().accept(intent);
      case "issuance:cancel":
        return issuance.cancel(reason, intent);
    }
  }
}
