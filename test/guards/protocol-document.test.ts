/** What shared/README.md says of the protocol is held against the schemas and tables, both ways. */
import {
  ACCOUNT_NUMBER_PATTERN,
  COMMAND_ID_PATTERN,
  COMMAND_NAMES,
  COMMANDS,
  DOCUMENT_ALG,
  DOCUMENT_TYP,
  DOCUMENT_VCT,
  DURABILITY_LEVELS,
  ERROR_CODES,
  ERRORS,
  EVENT_TYPES,
  HISTORY_QUERIES,
  hasEnded,
  IssuanceEvent,
  MAX_AMOUNT,
  MAX_CHANGES,
  MAX_REFUSALS,
  MAX_RESPOND_WITHIN,
  MAX_TEXT_LENGTH,
  MAX_VERSION,
  PARTY_PATTERN,
  QUERIES,
  REFUSALS,
  REVIEWS,
  ruleOf,
  Snapshot,
  STATES,
  type State,
  VoucherDocument,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fieldsOf, told } from "./document-fields.ts";
import { readDocument, spansOf } from "./documents.ts";

const protocol = suite("the protocol's document");
const DOCUMENT = readDocument("shared/README.md");

protocol("has the closed table of errors, in the order of the checks", () => {
  const expected = ERROR_CODES.map((code) => {
    const { status, retry, money, meaning } = ERRORS[code];
    return [`\`${code}\``, String(status), retry, money, meaning];
  });
  assert.equal(DOCUMENT.table("Errors"), expected);
});

protocol("has each command with who may send it, where, with what, and what it causes", () => {
  const rows = DOCUMENT.table("Commands").filter(([name]) => name !== "(deadline)");
  assert.equal(
    rows.map(([name]) => spansOf(name)[0]),
    COMMAND_NAMES,
  );
  for (const [name, from, allowed, payload, events] of rows) {
    const command = spansOf(name)[0] as (typeof COMMAND_NAMES)[number];
    const rule = ruleOf(command);
    assert.equal(from?.split(", "), [...rule.roles], `who may send ${command}`);
    assert.equal(spansOf(allowed), Object.keys(rule.from), `where ${command} is allowed`);
    assert.equal(spansOf(events), [...rule.events], `what ${command} causes`);
    const common = ["commandId", "ifVersion", "issuanceId", "seen"];
    assert.equal(told(payload), fieldsOf(COMMANDS[command].shape, common), `the payload of ${command}`);
  }
});

protocol("has each event with all that it carries", () => {
  const rows = DOCUMENT.table("Events");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    [...EVENT_TYPES],
  );
  const [, common = ""] = /^event has `\{ (.*) \}`\./m.exec(DOCUMENT.text) ?? [];
  for (const schema of IssuanceEvent.options) {
    const type = schema.shape.type.value;
    const [, besides] = rows.find(([name]) => name === `\`${type}\``) ?? [];
    assert.equal([...told(`\`${common}\``), ...told(besides)].sort(), fieldsOf(schema.shape), type);
  }
});

protocol("has each field of the snapshot", () => {
  const fields = DOCUMENT.table("The snapshot").flatMap(([names]) => spansOf(names));
  assert.equal(fields.sort(), fieldsOf(Snapshot.shape));
});

protocol("has the messages that change nothing", () => {
  const rows = DOCUMENT.table("Catching up");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    Object.keys(QUERIES),
  );
  for (const [name, payload] of rows) {
    const query = spansOf(name)[0] as keyof typeof QUERIES;
    assert.equal(told(payload), fieldsOf(QUERIES[query].shape), query);
  }
});

protocol("has the messages that find what was", () => {
  const rows = DOCUMENT.table("Finding");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    Object.keys(HISTORY_QUERIES),
  );
  for (const [name, payload] of rows) {
    const query = spansOf(name)[0] as keyof typeof HISTORY_QUERIES;
    assert.equal(told(payload), fieldsOf(HISTORY_QUERIES[query].shape), query);
  }
});

protocol("has each state, and what it can become", () => {
  const rows = DOCUMENT.table("States");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    [...STATES],
  );
  for (const [name, , becomes] of rows) {
    const [state] = spansOf(name) as [State];
    const rules = COMMAND_NAMES.filter((command) => command !== "issuance:cancel").map(ruleOf);
    const next = rules.filter(({ from }) => state in from).flatMap(({ to }) => [...to]);
    const expected = new Set(next.filter((after) => after !== state));
    // An account that is refused during a change leaves the change under way.
    if (state === "changing") expected.delete("opened");
    assert.equal(new Set(spansOf(becomes)), expected, `what ${state} can become`);
    assert.is(expected.size === 0, hasEnded(state), `whether ${state} is an end`);
  }
});

protocol("has the ways of review, and the checks of an account in their order", () => {
  assert.equal(
    DOCUMENT.table("Review").flatMap(([name]) => spansOf(name)),
    [...REVIEWS],
  );
  assert.equal(
    DOCUMENT.table("Verification").flatMap(([, code]) => spansOf(code)),
    [...REFUSALS],
  );
});

protocol("has the limits that the schemas keep", () => {
  const limits = new Map(DOCUMENT.table("Limits").map(([what = "", limit = ""]) => [what, limit]));
  const of = (what: string) => limits.get(what) ?? "";
  assert.is(of("a party's id"), `\`${PARTY_PATTERN.source}\``);
  assert.is(of("`commandId`"), `\`${COMMAND_ID_PATTERN.source}\``);
  assert.is(of("an account's number"), `\`${ACCOUNT_NUMBER_PATTERN.source}\``);
  assert.match(of("holder, memo, reason"), `1 to ${MAX_TEXT_LENGTH} characters`);
  assert.is(of("`amount`"), `1 to ${MAX_AMOUNT}`);
  assert.is(of("`respondWithin`"), `1 to ${MAX_RESPOND_WITHIN} seconds`);
  assert.match(of("refused accounts in one issuance"), new RegExp(`^${MAX_REFUSALS};`));
  assert.is(of("agreed changes in one issuance"), String(MAX_CHANGES));
  assert.is(of("an issuance's version"), String(MAX_VERSION));
});

protocol("has the levels of durability", () => {
  const [, levels] = /says what it survives: (.*)\n/.exec(DOCUMENT.text) ?? [];
  assert.equal(spansOf(levels), [...DURABILITY_LEVELS]);
});

protocol("has each claim of a document, in the order in which they are written", () => {
  const rows = DOCUMENT.table("Documents");
  assert.equal(
    rows.flatMap(([claim]) => spansOf(claim)),
    Object.keys(VoucherDocument.shape),
  );
  assert.ok(DOCUMENT.text.includes(`{ alg: "${DOCUMENT_ALG}", typ: "${DOCUMENT_TYP}", kid }`));
  assert.ok(DOCUMENT.text.includes(`\`${DOCUMENT_VCT}\``));
});

protocol.run();
