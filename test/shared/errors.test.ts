import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ERROR_CODES, ERRORS, isErrorCode, REFUSALS } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const errors = suite("errors");

const SERVER = join(import.meta.dirname, "../../server");

errors("the codes stand in the order of the checks, which is contract", () => {
  assert.equal(ERROR_CODES, [
    "rate_limited",
    "unauthenticated",
    "invalid_request",
    "not_found",
    "forbidden",
    "rolled_back",
    "wrong_state",
    "conflict",
    "too_many_open",
    "change_not_allowed",
    "account_name_mismatch",
    "account_blocked",
    "currency_mismatch",
    "insufficient_funds",
    "insufficient_credit",
    "account_refused",
    "too_many_drawings",
    "exceeds_remaining",
    "account_not_payable",
    "unavailable",
    "internal",
  ]);
});

errors("a verification's answers are codes, in the order of claim 3", () => {
  assert.equal(
    REFUSALS,
    ERROR_CODES.filter((code) => (REFUSALS as readonly string[]).includes(code)),
  );
  assert.is(REFUSALS[0], "account_name_mismatch");
});

for (const code of ERROR_CODES) {
  errors(
    `${code} says what it means, its HTTP status, whether a retry helps, and what became of the money`,
    () => {
      const { meaning, status, retry, money } = ERRORS[code];
      assert.match(meaning, /^[A-Z].{10,150}\.$/);
      assert.ok(status >= 400 && status < 600);
      assert.ok(["no", "same", "new"].includes(retry));
      // Where nobody knows what became of the money, the safe next step is always the same command again.
      if (money === "unknown") assert.is(retry, "same");
      assert.is(money, status >= 500 ? "unknown" : "untouched");
    },
  );
}

errors("only the table's own codes are codes", () => {
  for (const code of ERROR_CODES) assert.ok(isErrorCode(code));
  for (const other of ["", "toString", "__proto__", "constructor", "NOT_FOUND", 404, null, undefined, {}]) {
    assert.not.ok(isErrorCode(other));
  }
});

errors("the scripts use each code that is theirs to give, and no other", () => {
  const folder = join(SERVER, "ledger/lua");
  const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".lua"),
  );
  const text = scripts.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  const refused = [...text.matchAll(/reject\('(\w+)'/g)].map(([, code]) => code);
  assert.equal(
    refused.filter((code) => !isErrorCode(code)),
    [],
  );
  const others = ["unauthenticated", "internal"];
  assert.equal(
    ERROR_CODES.filter((code) => !text.includes(`'${code}'`)),
    others,
  );
});

errors.run();
