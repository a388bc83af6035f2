/** What the pages say: every refusal in three sentences and two languages, and every event as a step. */
import { CLIENT_ERRORS, type IssuanceEvent, type TallystickErrorCode } from "@tallystick/client";
import { ERROR_CODES, ERRORS, EVENT_TYPES, STATES, VOUCHER_STATES } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stepsOf } from "../../server/web/model/steps.ts";
import { en } from "../../server/web/words/en.tsx";
import { countdown, partsOfLeft } from "../../server/web/words/format.ts";
import { zh } from "../../server/web/words/zh.tsx";

const words = suite("what the pages say");
const CODES = [...ERROR_CODES, ...(Object.keys(CLIENT_ERRORS) as TallystickErrorCode[])];
const ABOUT = {
  account: "Funds account ending 2233",
  currency: "CNY",
  attemptsLeft: 3,
  remaining: "63,390.50",
  state: "Expired",
  message: "The hub says why.",
};

for (const [language, says] of [
  ["English", en],
  ["Chinese", zh],
] as const) {
  words(`of each refusal is what happened, what became of the money, and what to do, in ${language}`, () => {
    for (const code of CODES) {
      const sentences = says.refusals(code, ABOUT);
      assert.is(sentences.length, 3, code);
      for (const sentence of sentences) assert.ok(sentence.trim().length > 3, `${code}: ${sentence}`);
      assert.not.match(sentences.join(" "), "undefined", code);
    }
  });

  words(`of the money is never that it is untouched where nobody knows, in ${language}`, () => {
    const unknown = says.refusals("timeout", ABOUT)[1];
    for (const code of ERROR_CODES) {
      const isUnknown = says.refusals(code, ABOUT)[1] === unknown;
      assert.is(isUnknown, ERRORS[code].money === "unknown", code);
    }
  });

  words(`has a word for each state, in ${language}`, () => {
    for (const state of [...STATES, ...VOUCHER_STATES]) assert.ok(says.states[state], state);
    for (const state of VOUCHER_STATES) assert.ok(says.voucher.state[state], state);
  });
}

words("in Chinese are those of the method: 开证人, 支付人, 收证人, 凭证, 冻结, 停用, 支用", () => {
  assert.equal(zh.roles, { issuer: "开证人", payer: "支付人", beneficiary: "收证人" });
  assert.match(zh.voucher.name, "凭证");
  assert.match(zh.joined, "冻结");
  assert.match(zh.refusals("account_blocked", ABOUT)[0], "停用");
  assert.is(zh.life.draw, "支用");
});

const PARTIES = { issuer: "lotus", payer: "acme" };
const BASE = { issuanceId: "0-AAAAAAAAAAAAAAAA", version: 3, at: 1, digest: "0123456789ab" };
const ACCOUNT = { kind: "funds", last4: "2233" } as const;

/** Each event, and how its steps read: who, on whose side, and what or how it ends. */
const STEPS: [event: object, steps: string[]][] = [
  [{ type: "payer.requested", by: "issuer" }, ["issuer issuer requested"]],
  [{ type: "payer.agreed", by: "payer" }, ["payer payer agreed"]],
  [
    { type: "payer.declined", by: "payer", reason: "no" },
    ["payer payer declined “no”", "payer payer cut declined"],
  ],
  [{ type: "issuance.opened", by: "issuer" }, ["issuer issuer opened"]],
  [{ type: "account.verified", by: "payer", account: ACCOUNT }, ["payer payer sent", "hub payer verified"]],
  [
    { type: "account.refused", by: "payer", account: { last4: "1" }, attemptsLeft: 2, state: "opened" },
    ["payer payer sent", "hub payer refused"],
  ],
  [
    { type: "account.refused", by: "payer", account: { last4: "1" }, attemptsLeft: 0, state: "failed" },
    ["payer payer sent", "hub payer refused", "payer payer cut failed"],
  ],
  [
    { type: "account.refused", by: "issuer", account: { last4: "1" }, attemptsLeft: 2, state: "opened" },
    ["issuer issuer accepted", "hub issuer stale"],
  ],
  [
    { type: "account.change_agreed", by: "issuer", changes: 1, reason: "credit" },
    ["issuer issuer changed “credit”", "hub issuer consented"],
  ],
  [
    { type: "account.change_agreed", by: "payer", changes: 2 },
    ["payer payer changed", "hub payer consented"],
  ],
  [{ type: "account.kept", by: "payer", account: ACCOUNT }, ["payer payer kept"]],
  [
    { type: "voucher.issued", by: "issuer", account: ACCOUNT, voucher: { voucherId: "v0-A", issuedAt: 1 } },
    ["issuer issuer accepted", "hub issuer joined v0-A"],
  ],
  [
    { type: "voucher.issued", by: "payer", account: ACCOUNT, voucher: { voucherId: "v0-A", issuedAt: 1 } },
    ["payer payer sent", "hub payer joined v0-A"],
  ],
  [{ type: "issuance.cancelled", by: "issuer" }, ["issuer issuer cancelled", "issuer issuer cut cancelled"]],
  [{ type: "issuance.expired", by: "hub" }, ["hub payer cut expired"]],
];

for (const [event, expected] of STEPS) {
  const { type, by, state } = event as { type: string; by: string; state?: string };
  words(`of ${type} by ${by}${state === "failed" ? ", the last," : ""} are ${expected.length} steps`, () => {
    const steps = stepsOf([{ ...BASE, state: "opened", ...event } as IssuanceEvent], PARTIES);
    const read = steps.map(({ by: who, side, what, end, quote }) => {
      const how = end && (end.how === "joined" ? `joined ${end.voucherId}` : `cut ${end.why}`);
      return [who, side, what?.says ?? how, quote && `“${quote}”`].filter(Boolean).join(" ");
    });
    assert.equal(read, expected);
    assert.is(new Set(steps.map(({ key }) => key)).size, steps.length);
    for (const { what } of steps)
      if (what) for (const says of [en, zh]) assert.ok(says.step(what, "Acme"), what.says);
  });
}

words("of every type of event there are steps", () => {
  assert.equal(new Set(STEPS.map(([event]) => (event as { type: string }).type)), new Set(EVENT_TYPES));
});

words("of the time that is left are never less than nothing", () => {
  assert.is(countdown(partsOfLeft(-5000)), "0:00");
  assert.is(countdown(partsOfLeft(702_999)), "11:42");
  assert.is(countdown(partsOfLeft(11_100_000)), "3:05:00");
  assert.is(en.left(2 * 86_400_000 + 4 * 3_600_000), "2 d 4 h");
  assert.is(zh.left(90 * 86_400_000 - 1000), "90天");
});

words.run();
