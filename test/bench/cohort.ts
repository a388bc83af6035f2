/** Many issuances that are walked through their lives together, straight through the ledger. */
import type {
  AccountSubmit,
  Approval,
  CommandPayloads,
  VoucherCommandName,
  VoucherCommandPayloads,
} from "@tallystick/protocol";
import { voucherIdOf } from "@tallystick/protocol";
import type { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { account } from "./connect-pairs.ts";
import { times } from "./fill.ts";

const ISSUANCES_PER_PARTY = 10;
const partyOf = (role: string, index: number) => `${role}-${Math.floor(index / ISSUANCES_PER_PARTY)}`;

type OnIssuance = Exclude<keyof CommandPayloads, "payer:request">;
type Role = "issuer" | "payer";

/** Gives each payer, or each issuer, of a cohort of this size an account. */
export async function putAccounts(
  ledger: Ledger,
  count: number,
  { role = "payer", balance = 9e15 }: { role?: Role; balance?: number } = {},
): Promise<void> {
  const { accounts } = ledger;
  const body = { holder: account.holder, kind: "funds", currency: "CNY", balance } as const;
  await times(Math.ceil(count / ISSUANCES_PER_PARTY), (index) =>
    accounts.put({ party: `${role}-${index}`, number: account.number }, body),
  );
}

/** Issuances of some issuers to as many payers, ten for each. Each method does one thing to all of them. */
export class Cohort {
  readonly #ledger: Ledger;
  readonly #name: string;
  readonly #ids: string[];
  /** The newest event of each, as its terminals were told it: commands say so, as the SDK's do. */
  readonly #seen: ({ version: number; digest: string } | undefined)[] = [];
  #step = 0;

  /** The name tells apart the cohorts of one store. */
  constructor(ledger: Ledger, name: string, count: number) {
    this.#ledger = ledger;
    this.#name = name;
    this.#ids = Array.from({ length: count }, () => "");
  }

  async request(approval?: Approval): Promise<void> {
    await times(this.#ids.length, async (index) => {
      const commandId = this.#commandId(index);
      const payer = partyOf("payer", index);
      const offer = { commandId, payer, amount: 12_500_000, currency: "CNY", memo: "Invoice 2026-1184" };
      const more = approval && { approval };
      const outcome = await this.#ledger.requestPayer(
        { party: partyOf("issuer", index) },
        { ...offer, ...more },
      );
      if (outcome.kind !== "done") throw refusal("payer:request", outcome);
      this.#ids[index] = outcome.snapshot.issuanceId;
      this.#see(index, outcome);
    });
    this.#step++;
  }

  agree = (): Promise<void> => this.#send("payer:agree", "payer");
  decline = (): Promise<void> => this.#send("payer:decline", "payer");
  open = (): Promise<void> => this.#send("issuance:open", "issuer");
  accept = (): Promise<void> => this.#send("issuance:accept", "issuer");
  change = (): Promise<void> => this.#send("account:change", "payer");
  keep = (): Promise<void> => this.#send("account:keep", "payer");
  cancel = (): Promise<void> => this.#send("issuance:cancel", "issuer");
  submit = (): Promise<void> => this.#send("account:submit", "payer", { account });

  /** Sends an account under a name that is not its holder's. */
  submitWrong(): Promise<void> {
    const wrong = { account: { ...account, holder: "Acme Inc" } };
    return this.#send("account:submit", "payer", wrong, "account_name_mismatch");
  }

  /** Reads all events, as a terminal does that knows nothing yet. */
  sync(): Promise<void> {
    return times(this.#ids.length, (index) =>
      this.#ledger.read(this.#ids[index] ?? "", { party: partyOf("payer", index), after: 0 }),
    );
  }

  /** Something with the voucher of each; its issuer is its beneficiary. */
  voucher<C extends VoucherCommandName>(
    command: C,
    role: Role,
    more: Omit<VoucherCommandPayloads[C], "commandId" | "voucherId">,
  ): Promise<void> {
    const step = this.#step++;
    return times(this.#ids.length, async (index) => {
      const payload = {
        commandId: `${this.#name}-${step}-${index}`.padEnd(22, "-"),
        voucherId: this.#voucher(index),
        ...more,
      };
      const payee = { code: "", currency: "CNY" } as const;
      const sender = { party: partyOf(role, index) };
      const outcome = await this.#ledger.vouchers.execute(command, sender, payload as never, payee);
      if (outcome.kind !== "done") throw new Error(`${command}: ${JSON.stringify(outcome)}`);
    });
  }

  /** Does one step of the settlement of the drawing that a version of each voucher has honoured. */
  settle(version: number, step: "credit" | "close"): Promise<void> {
    const { settlements } = this.#ledger;
    return times(this.#ids.length, async (index) => {
      const settlement = await settlements.find(`${this.#voucher(index)}.${version}`);
      if (!settlement) throw new Error("there is no settlement");
      const outcome = await settlements[step](settlement);
      if (outcome.kind !== "done") throw new Error(`${step}: ${JSON.stringify(outcome)}`);
    });
  }

  /** Reads each voucher with all its events. */
  syncVouchers(): Promise<void> {
    return times(this.#ids.length, (index) =>
      this.#ledger.vouchers.read(this.#voucher(index), { party: partyOf("payer", index), after: 0 }),
    );
  }

  #voucher(index: number): string {
    return voucherIdOf(this.#ids[index] ?? "");
  }

  /** Ends those whose deadlines have passed. */
  expire(): Promise<void> {
    return times(this.#ids.length, async (index) => {
      const outcome = await this.#ledger.expire(this.#ids[index] ?? "");
      if (outcome.kind !== "done") throw refusal("expire", outcome);
    });
  }

  async #send(command: OnIssuance, role: Role, more?: Content, refused?: string): Promise<void> {
    await times(this.#ids.length, async (index) => {
      const [issuanceId, seen] = [this.#ids[index], this.#seen[index]];
      const payload = { commandId: this.#commandId(index), issuanceId, seen, ...more };
      const outcome = await this.#ledger.execute(command, { party: partyOf(role, index) }, payload as never);
      const code = outcome.kind === "refused" ? outcome.code : undefined;
      if (code !== refused) throw refusal(command, outcome);
      this.#see(index, outcome);
    });
    this.#step++;
  }

  #see(index: number, { snapshot }: Outcome): void {
    if (snapshot) this.#seen[index] = { version: snapshot.version, digest: snapshot.digest };
  }

  /** As long as those that the SDK makes are. */
  #commandId(index: number): string {
    return `${this.#name}-${this.#step}-${index}`.padEnd(22, "-");
  }
}
type Content = Pick<(typeof AccountSubmit)["_zod"]["output"], "account">;

function refusal(command: string, outcome: Outcome): Error {
  return new Error(`${command}: ${outcome.kind === "refused" ? outcome.code : "was not refused"}`);
}
