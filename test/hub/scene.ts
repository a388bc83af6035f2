/** An issuer and a payer at their terminals, and ways to bring an issuance of theirs to any situation. */
import type { CommandName, CommandPayloads, Review, Snapshot, State } from "@tallystick/protocol";
import type { TestHub } from "../helpers/hub.ts";
import { connectTerminal, type Payload, type RawTerminal } from "../helpers/raw-terminal.ts";
import { setDeadline } from "../helpers/set-deadline.ts";

/** A state, and what came before where the table's guards ask for it. */
export const SITUATIONS = {
  proposed: "proposed",
  agreed: "agreed",
  opened: "opened",
  "opened after a refusal": "opened",
  verified: "verified",
  changing: "changing",
  "changing with no account standing": "changing",
  issued: "issued",
  declined: "declined",
  cancelled: "cancelled",
  expired: "expired",
  failed: "failed",
} as const satisfies Record<string, State>;
export type Situation = keyof typeof SITUATIONS;

/** Accounts that every payer of a scene has, with its party's name as holder. */
export const ACCOUNTS = {
  good: { number: "6222020200112233", balance: 1_000_000_000 },
  other: { number: "6222020200445566", balance: 1_000_000_000 },
  empty: { number: "6222020200000000", balance: 0 },
} as const;
export type AccountChoice = keyof typeof ACCOUNTS;

export const AMOUNT = 125_000;

export interface Scene {
  readonly hub: TestHub;
  readonly issuer: RawTerminal;
  /** The same terminal as the issuer when one party is both. */
  readonly payer: RawTerminal;
  /** One party is both issuer and payer (claims 2 and 7). */
  readonly isSelf: boolean;
  request(options?: Partial<CommandPayloads["payer:request"]>): Promise<Snapshot>;
  submit(issuanceId: string, choice: AccountChoice): ReturnType<RawTerminal["command"]>;
  /** Makes an issuance and brings it there. */
  reach(situation: Situation, options?: { review?: Review; amount?: number }): Promise<Snapshot>;
  /** The payer's account as it stands. */
  account(choice: AccountChoice): Promise<{ balance: number; frozen: number; available: number }>;
  close(): void;
}

let scenes = 0;

/** Two parties that no other scene has, each with a terminal; or one that is both. */
export async function openScene(hub: TestHub, options: { isSelf?: boolean } = {}): Promise<Scene> {
  const { isSelf = false } = options;
  scenes += 1;
  const payerName = `payer-${scenes}`;
  const issuerName = isSelf ? payerName : `issuer-${scenes}`;
  for (const { number, balance } of Object.values(ACCOUNTS)) {
    await hub.putAccount(payerName, number, { kind: "funds", holder: payerName, currency: "CNY", balance });
  }
  const issuer = await connectTerminal(hub, issuerName);
  const payer = isSelf ? issuer : await connectTerminal(hub, payerName);
  const scene: Scene = {
    hub,
    issuer,
    payer,
    isSelf,
    request: async (more = {}) => {
      const offer = { payer: payerName, amount: AMOUNT, currency: "CNY", ...more };
      return (await issuer.accepted("payer:request", offer)).issuance;
    },
    submit: (issuanceId, choice) => payer.command("account:submit", submission(scene, issuanceId, choice)),
    reach: async (situation, more = {}) => {
      const { issuanceId } = await scene.request(more);
      for (const step of STEPS[situation])
        if (!(isSelf && step === "agree")) await TAKE[step](scene, issuanceId);
      const answer = await payer.sync(issuanceId);
      if (!answer.ok || answer.issuance.state !== SITUATIONS[situation])
        throw new Error(`${situation} was not reached: ${JSON.stringify(answer)}`);
      return answer.issuance;
    },
    account: (choice) => readAccount(hub, payerName, choice),
    close: () => {
      issuer.close();
      payer.close();
    },
  };
  return scene;
}

/** The payload of `account:submit` with an account of the payer's. */
export function submission(
  scene: Scene,
  issuanceId: string,
  choice: AccountChoice,
): Payload<"account:submit"> {
  return { issuanceId, account: { number: ACCOUNTS[choice].number, holder: scene.payer.party } };
}

/** A good payload for any command on an issuance. */
export function payloadFor(command: CommandName, scene: Scene, issuanceId: string): { issuanceId: string } {
  return command === "account:submit" ? submission(scene, issuanceId, "other") : { issuanceId };
}

async function readAccount(hub: TestHub, party: string, choice: AccountChoice) {
  const account = await hub.running.accounts.get({ party, number: ACCOUNTS[choice].number });
  if (account?.balance === undefined) throw new Error(`${party} has no funds account ${choice}`);
  return { balance: account.balance, frozen: account.frozen, available: account.available };
}

const TAKE = {
  agree: ({ payer }: Scene, issuanceId: string) => payer.accepted("payer:agree", { issuanceId }),
  decline: ({ payer }: Scene, issuanceId: string) => payer.accepted("payer:decline", { issuanceId }),
  open: ({ issuer }: Scene, issuanceId: string) => issuer.accepted("issuance:open", { issuanceId }),
  submit: (scene: Scene, issuanceId: string) => scene.submit(issuanceId, "good"),
  "submit badly": (scene: Scene, issuanceId: string) => scene.submit(issuanceId, "empty"),
  change: ({ payer }: Scene, issuanceId: string) => payer.accepted("account:change", { issuanceId }),
  accept: ({ issuer }: Scene, issuanceId: string) => issuer.accepted("issuance:accept", { issuanceId }),
  cancel: ({ issuer }: Scene, issuanceId: string) => issuer.accepted("issuance:cancel", { issuanceId }),
  expire: async ({ hub, issuer }: Scene, issuanceId: string) => {
    await passDeadline(hub, issuanceId);
    await issuer.sync(issuanceId);
  },
};

const OPENED = ["agree", "open"] as const;
const STEPS: { [S in Situation]: readonly (keyof typeof TAKE)[] } = {
  proposed: [],
  agreed: ["agree"],
  opened: OPENED,
  "opened after a refusal": [...OPENED, "submit badly"],
  verified: [...OPENED, "submit"],
  changing: [...OPENED, "submit", "change"],
  "changing with no account standing": [...OPENED, "submit badly", "change"],
  issued: [...OPENED, "submit", "accept"],
  declined: ["decline"],
  cancelled: ["cancel"],
  expired: ["expire"],
  failed: [...OPENED, ...new Array(5).fill("submit badly")],
};

/** Sets the deadline of an issuance's present wait to long ago, so that no test has to wait for it. */
export async function passDeadline(hub: TestHub, issuanceId: string): Promise<void> {
  await setDeadline(hub.running.store, issuanceId, 1);
}
