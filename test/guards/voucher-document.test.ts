/** What shared/README.md says of vouchers is held against the schemas and tables, both ways. */
import {
  MAX_APPROVAL_WITHIN,
  MAX_DRAWINGS,
  MAX_VOUCHER_EVENTS,
  MAX_VOUCHER_VERSION,
  VOUCHER_COMMAND_NAMES,
  VOUCHER_COMMANDS,
  VOUCHER_EVENT_TYPES,
  VOUCHER_QUERIES,
  VOUCHER_STATES,
  VoucherEvent,
  VoucherSnapshot,
  voucherRuleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fieldsOf, told } from "./document-fields.ts";
import { readDocument, spansOf } from "./documents.ts";

const vouchers = suite("the protocol's document, of vouchers");
const DOCUMENT = readDocument("shared/README.md");

vouchers("has each state", () => {
  const rows = DOCUMENT.table("States of a voucher");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    [...VOUCHER_STATES],
  );
});

vouchers("has each command with who may send it, where, with what, and what it causes", () => {
  const rows = DOCUMENT.table("Commands on a voucher");
  assert.equal(
    rows.map(([name]) => spansOf(name)[0]),
    VOUCHER_COMMAND_NAMES,
  );
  for (const [name, from, allowed, payload, events] of rows) {
    const command = spansOf(name)[0] as (typeof VOUCHER_COMMAND_NAMES)[number];
    const rule = voucherRuleOf(command);
    assert.equal(from?.split(", "), [...rule.roles], `who may send ${command}`);
    assert.equal(spansOf(allowed), Object.keys(rule.from), `where ${command} is allowed`);
    assert.equal(spansOf(events), [...rule.events], `what ${command} causes`);
    const common = ["commandId", "ifVersion", "voucherId", "seen"];
    assert.equal(
      told(payload),
      fieldsOf(VOUCHER_COMMANDS[command].shape, common),
      `the payload of ${command}`,
    );
  }
});

vouchers("has the messages that change nothing", () => {
  const text = DOCUMENT.text.slice(DOCUMENT.text.indexOf("### Commands on a voucher"));
  for (const [query, schema] of Object.entries(VOUCHER_QUERIES)) {
    const [, payload = ""] = new RegExp(`^\\| \`${query}\` \\| (\`[^|]*\`) \\|`, "m").exec(text) ?? [];
    assert.equal(told(payload), fieldsOf(schema.shape), query);
  }
});

vouchers("has each event with all that it carries", () => {
  const rows = DOCUMENT.table("Events of a voucher");
  assert.equal(
    rows.flatMap(([name]) => spansOf(name)),
    [...VOUCHER_EVENT_TYPES],
  );
  const [, common = ""] = /^event has `\{ (voucherId.*) \}`\./m.exec(DOCUMENT.text) ?? [];
  for (const schema of VoucherEvent.options) {
    const type = schema.shape.type.value;
    const [, besides] = rows.find(([name]) => name === `\`${type}\``) ?? [];
    assert.equal([...told(`\`${common}\``), ...told(besides)].sort(), fieldsOf(schema.shape), type);
  }
});

vouchers("has each field of the snapshot", () => {
  const fields = DOCUMENT.table("The snapshot of a voucher").flatMap(([names]) => spansOf(names));
  assert.equal(fields.sort(), fieldsOf(VoucherSnapshot.shape));
});

vouchers("has the limits that the schemas keep", () => {
  const limits = new Map(DOCUMENT.table("Limits").map(([what = "", limit = ""]) => [what, limit]));
  assert.is(limits.get("drawings of a voucher, refused ones not counted"), String(MAX_DRAWINGS));
  assert.match(limits.get("events of a voucher") ?? "", new RegExp(`^${MAX_VOUCHER_EVENTS};`));
  assert.is(limits.get("a voucher's version"), String(MAX_VOUCHER_VERSION));
  assert.is(limits.get("`approval.within`"), `1 to ${MAX_APPROVAL_WITHIN} seconds`);
});

vouchers.run();
