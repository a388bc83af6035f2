import {
  CLIENT_ERRORS,
  isTallystickError,
  TallystickError,
  type TallystickErrorCode,
} from "@tallystick/client";
import { ERROR_CODES, ERRORS } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const errors = suite("errors of the SDK");

errors("each code of the protocol says of retry and money what the protocol's table says", () => {
  const told = ERROR_CODES.map((code) => {
    const { retry, money } = new TallystickError(code, "");
    return [code, retry, money];
  });
  assert.equal(
    told,
    ERROR_CODES.map((code) => [code, ERRORS[code].retry, ERRORS[code].money]),
  );
});

errors("the terminal's own codes are none of the protocol's, and have their row", () => {
  for (const [code, row] of Object.entries(CLIENT_ERRORS)) {
    assert.not.ok(ERROR_CODES.includes(code as never), code);
    const { retry, money } = new TallystickError(code as TallystickErrorCode, "");
    assert.equal({ retry, money }, { ...row });
  }
});

errors("retryable is what the very same command may be sent again for", () => {
  assert.ok(new TallystickError("unavailable", "").retryable);
  assert.ok(new TallystickError("timeout", "").retryable);
  assert.not.ok(new TallystickError("insufficient_funds", "").retryable, "that takes another account");
  assert.not.ok(new TallystickError("forbidden", "").retryable);
});

errors("what the thrower knows better than the code's row counts", () => {
  const error = new TallystickError("ended", "it is issued", { money: "frozen" });
  assert.is(error.money, "frozen");
  assert.is(error.message, "it is issued");
  assert.instance(error, Error);
});

errors("the guard knows an error by its code, also one of another copy of the SDK", () => {
  const error = new TallystickError("not_found", "");
  const foreign = Object.assign(new Error(""), { name: "TallystickError", code: "not_found" });
  for (const one of [error, foreign]) {
    assert.ok(isTallystickError(one));
    assert.ok(isTallystickError(one, "not_found"));
    assert.not.ok(isTallystickError(one, "forbidden"));
  }
  assert.not.ok(isTallystickError(new Error("not_found")));
  assert.not.ok(isTallystickError({ name: "TallystickError", code: "not_found" }));
});

errors.run();
