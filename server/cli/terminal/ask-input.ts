/** Asks a person for what a command takes besides. */
import type { CommandInput, Entry, EntryCommand } from "./entry.ts";
import { askForAccount, askForDrawing, askForNeededReason, askForPart, askForReason } from "./forms.ts";
import type { Questions } from "./questions.ts";
import { VoucherEntry } from "./voucher-entry.ts";

/**
 * @param last the account that was given last with this command.
 * @returns undefined when the person goes back.
 */
export async function askForInput(
  questions: Questions,
  entry: Entry,
  command: EntryCommand,
  last: CommandInput["account"],
): Promise<CommandInput | undefined> {
  switch (command) {
    case "account:submit": {
      const account = await askForAccount(questions, last);
      return account && { account };
    }
    case "voucher:draw":
      return entry instanceof VoucherEntry ? askForDrawing(questions, entry.snapshot, last) : undefined;
    case "voucher:release": {
      const amount = entry instanceof VoucherEntry ? await askForPart(questions, entry.snapshot) : undefined;
      return amount === undefined ? undefined : { amount };
    }
    case "drawing:refuse": {
      const reason = await askForNeededReason(questions);
      return reason === undefined ? undefined : { reason };
    }
    case "payer:decline":
    case "account:change":
    case "issuance:cancel":
    case "voucher:reject":
    case "voucher:withdraw": {
      const reason = await askForReason(questions);
      if (reason === undefined) return undefined;
      return reason === "" ? {} : { reason };
    }
    default:
      return {};
  }
}
