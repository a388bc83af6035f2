import type { Issuance, IssuerIssuance, PayerIssuance } from "@tallystick/client";
import { COMMAND_NAMES, type CommandName, type CommandOf, type Role, ruleOf } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
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

roles.run();
