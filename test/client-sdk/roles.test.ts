import type {
  ApproverDrawing,
  BeneficiaryVoucher,
  Drawing,
  Issuance,
  IssuerIssuance,
  IssuerVoucher,
  PayerIssuance,
  PayerVoucher,
} from "@tallystick/client";
import {
  COMMAND_NAMES,
  type CommandName,
  type CommandOf,
  type Role,
  ruleOf,
  VOUCHER_COMMAND_NAMES,
  type VoucherCommandName,
  type VoucherCommandOf,
  type VoucherRole,
  voucherRuleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  IssuerVoucher as IssuerVoucherClass,
  PayerVoucher as PayerVoucherClass,
} from "../../client-sdk/approver-voucher.ts";
import { BeneficiaryVoucher as BeneficiaryVoucherClass } from "../../client-sdk/beneficiary-voucher.ts";
import {
  ApproverDrawing as ApproverDrawingClass,
  Drawing as DrawingClass,
} from "../../client-sdk/drawing.ts";
import { IssuerIssuance as Issuer } from "../../client-sdk/issuer-issuance.ts";
import { PayerIssuance as Payer } from "../../client-sdk/payer-issuance.ts";

/** The method that sends each command; `payer:request`, which makes the issuance, is the terminal's. */
const METHODS = {
  "payer:agree": "agree",
  "payer:decline": "decline",
  "issuance:open": "open",
  "account:submit": "submitAccount",
  "account:change": "changeAccount",
  "account:keep": "keepAccount",
  "issuance:accept": "accept",
  "issuance:cancel": "cancel",
} as const satisfies { [C in Exclude<CommandName, "payer:request">]: string };

type Methods = typeof METHODS;
type MethodFor<R extends Role> = Methods[Exclude<CommandOf<R>, "payer:request">];
type OwnMethods<T> = Extract<keyof T, Methods[keyof Methods]>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
// The compiler refuses these lines when a role's methods are not those that the lifecycle's table gives it.
const issuerHasItsOwn: Same<OwnMethods<IssuerIssuance>, MethodFor<"issuer">> = true;
const payerHasItsOwn: Same<OwnMethods<PayerIssuance>, MethodFor<"payer">> = true;
const bothHaveTheShared: Same<OwnMethods<Issuance>, MethodFor<"issuer"> & MethodFor<"payer">> = true;

/** The method of a voucher, or of a drawing, that sends each command. */
const VOUCHER_METHODS = {
  "voucher:accept": "accept",
  "voucher:reject": "reject",
  "voucher:withdraw": "withdraw",
  "voucher:draw": "draw",
  "voucher:release": "release",
} as const satisfies { [C in Exclude<VoucherCommandName, `drawing:${string}`>]: string };
const DRAWING_METHODS = {
  "drawing:approve": "approve",
  "drawing:refuse": "refuse",
} as const satisfies { [C in Extract<VoucherCommandName, `drawing:${string}`>]: string };

type VoucherMethods = typeof VOUCHER_METHODS;
type VoucherMethodFor<R extends VoucherRole> = VoucherMethods[Extract<
  VoucherCommandOf<R>,
  keyof VoucherMethods
>];
type OwnVoucherMethods<T> = Extract<keyof T, VoucherMethods[keyof VoucherMethods]>;
type DrawingMethods = (typeof DRAWING_METHODS)[Extract<
  VoucherCommandOf<"approver">,
  keyof typeof DRAWING_METHODS
>];
const vouchersHaveTheirOwn: [
  Same<OwnVoucherMethods<BeneficiaryVoucher>, VoucherMethodFor<"beneficiary">>,
  Same<OwnVoucherMethods<IssuerVoucher>, VoucherMethodFor<"issuer">>,
  Same<OwnVoucherMethods<PayerVoucher>, VoucherMethodFor<"payer">>,
] = [true, true, true];
const approversDecide: [
  Same<Extract<keyof ApproverDrawing, DrawingMethods>, DrawingMethods>,
  Same<Extract<keyof Drawing, DrawingMethods>, never>,
  Same<IssuerVoucher["drawings"], ApproverDrawing[]>,
  Same<PayerVoucher["drawings"], ApproverDrawing[]>,
  Same<BeneficiaryVoucher["drawings"], Drawing[]>,
] = [true, true, true, true, true];

const roles = suite("roles in the SDK's types");

roles("each role has the methods that the lifecycle's table gives it, to the compiler", () => {
  assert.ok(issuerHasItsOwn && payerHasItsOwn && bothHaveTheShared);
});

for (const [role, made] of [
  ["issuer", Issuer],
  ["payer", Payer],
] as const) {
  roles(`an ${role} object has its methods and no others`, () => {
    for (const command of COMMAND_NAMES.filter((name) => name !== "payer:request")) {
      const method = METHODS[command];
      assert.is(method in made.prototype, ruleOf(command).roles.includes(role), `${role}: ${method}`);
    }
  });
}

roles("each role of a voucher has the methods that its table gives it, to the compiler", () => {
  assert.ok([...vouchersHaveTheirOwn, ...approversDecide].every(Boolean));
});

for (const [role, made] of [
  ["issuer", IssuerVoucherClass],
  ["payer", PayerVoucherClass],
  ["beneficiary", BeneficiaryVoucherClass],
] as const) {
  roles(`a voucher of its ${role} has its methods and no others`, () => {
    for (const command of VOUCHER_COMMAND_NAMES) {
      if (!(command in VOUCHER_METHODS)) continue;
      const method = VOUCHER_METHODS[command as keyof VoucherMethods];
      assert.is(method in made.prototype, voucherRuleOf(command).roles.includes(role), `${role}: ${method}`);
    }
  });
}

roles("a drawing is decided by the approver's object alone", () => {
  for (const [command, method] of Object.entries(DRAWING_METHODS)) {
    assert.equal(voucherRuleOf(command as VoucherCommandName).roles, ["approver"]);
    assert.ok(method in ApproverDrawingClass.prototype);
    assert.not.ok(method in DrawingClass.prototype);
  }
});

roles.run();
