/** What each message does, in a line. */
import type { AnyMessageName, HubToClient } from "@tallystick/protocol";

export const SENT_BY_TERMINALS: Record<AnyMessageName, string> = {
  "payer:request": "Asks a party to be payer of a voucher.",
  "payer:agree": "The payer agrees.",
  "payer:decline": "The payer does not agree, which ends the issuance.",
  "issuance:open": "The issuance request: the payer is told to send its account.",
  "account:submit": "The payer's account to pay from; it is verified at once.",
  "account:change": "Asks for another account.",
  "account:keep": "Keeps the account that was verified before a change was agreed.",
  "issuance:accept": "Verifies the account again, freezes the amount and issues the voucher, in one step.",
  "issuance:cancel": "Ends the issuance without a voucher.",
  "issuance:sync": "Brings a terminal up to date with an issuance, and tells it its events from then on.",
  "issuance:list": "A page of the party's issuances that have not ended.",
  "issuance:check": "Shows what a terminal was told, also of what has ended.",
  "presence:watch": "Asks whether the other side is here, now and until the issuance has ended.",
  "voucher:accept": "The beneficiary takes the voucher.",
  "voucher:reject": "The beneficiary does not want the voucher, which ends it.",
  "voucher:withdraw": "The issuer takes the voucher back before its beneficiary has done anything.",
  "voucher:draw": "Demands a part or all of what remains.",
  "voucher:release": "Gives up a part, or all that remains.",
  "voucher:sync": "Brings a terminal up to date with a voucher.",
  "voucher:list": "A page of the party's vouchers.",
  "issuance:find": "A page of the party's issuances, also of those that have ended.",
  "voucher:find": "A page of the party's vouchers, also of those that have ended.",
  "drawing:approve": "The approver honours a drawing that waits.",
  "drawing:refuse": "The approver refuses a drawing that waits.",
};

export const SENT_BY_HUB: Record<keyof HubToClient, string> = {
  "session:ready": "The session has begun.",
  "session:resync": "The hub may have missed something: sync all that you follow.",
  "session:expiring": "The session's token ends soon: connect anew with another one before.",
  "session:error": "A message came without an acknowledgement and had no effect; or the session can't go on.",
  "session:fenced": "Another party has shown that the store has lost something of it.",
  "issuance:event": "Somebody else, or time, changed an issuance.",
  "voucher:event": "Somebody else, or time, changed a voucher.",
  presence: "The other side of an issuance has come, or has gone.",
};
