/** The terminal app: issuer, payer and beneficiary at their keyboards, against a real hub. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accepted, openVoucherScene, type VoucherScene } from "../vouchers/scene.ts";
import { type Person, sitDown } from "./person.ts";

const terminal = suite("the terminal app");
let hub: TestHub;
const seated: Person[] = [];

terminal.before(async () => {
  hub = await startHub();
  const funds = { kind: "funds", currency: "CNY" } as const;
  await hub.putAccount("acme", "6222020200112233", { ...funds, holder: "Acme Ltd", balance: 500_000 });
  await hub.putAccount("nordlicht", "DE-1001", { ...funds, holder: "Nordlicht", balance: 0 });
});
terminal.after.each(async () => {
  await Promise.all(seated.splice(0).map((person) => person.leave()));
});
terminal.after(() => hub.close());

async function seat(party: string): Promise<Person> {
  const person = await sitDown(hub, party);
  seated.push(person);
  return person;
}

/** The issuer asks, and the payer's account is frozen. */
async function negotiate(issuer: Person, payer: Person, terms: { by: string }): Promise<void> {
  issuer.press("r");
  await issuer.answer("Payer", "acme");
  await issuer.answer("Currency");
  await issuer.answer("Amount in CNY", "1,000");
  await issuer.answer("Memo", "steel");
  await issuer.answer("Beneficiary", "nordlicht");
  await issuer.answer("Valid for");
  await issuer.answer("Drawings wait for the word of", terms.by);
  if (terms.by !== "none") await issuer.answer("Silence honours after");
  await payer.sees("[y] agree to be payer");
  payer.press("y");
  await issuer.sees("[o] open the issuance");
  issuer.press("o");
  await payer.sees("[s] send an account");
  payer.press("s");
  await payer.answer("Account number", "6222020200112233");
  await payer.answer("Held under the name", "Acme Ltd");
  await issuer.sees("[a] accept: freeze and issue");
  issuer.press("a");
}

async function draw(beneficiary: Person, amount: string): Promise<void> {
  await beneficiary.sees("[d] draw");
  beneficiary.press("d");
  await beneficiary.answer("Amount in CNY", amount);
  await beneficiary.answer("Account number", "DE-1001");
  await beneficiary.answer("Held under the name", "Nordlicht");
  await beneficiary.answer("Give up what remains");
}

terminal("a voucher is asked for, issued, drawn, refused, approved, paid and given up by keys", async () => {
  const [issuer, payer, beneficiary] = [await seat("lotus"), await seat("acme"), await seat("nordlicht")];
  await negotiate(issuer, payer, { by: "payer" });
  // The issuance goes on as its voucher, in its place and with its story.
  const story = await issuer.sees("v");
  assert.match(story, "you asked acme to be payer of CNY 1,000.00 “steel”");
  await issuer.sees(/1 +issuer +acme +CNY +1,000\.00 +issued +1,000\.00 remain/);
  assert.is(issuer.app.vouchers.length, 1);
  await issuer.sees("[x] withdraw it");
  await payer.sees(/1 +payer +nordlicht +CNY +1,000\.00 +issued/);

  await beneficiary.sees("[a] accept the voucher");
  const invited = await beneficiary.sees(/issued to you\s+until 20/);
  assert.match(invited, /beneficiary +acme +CNY +1,000\.00 +issued +waits for you, (89|90) d left/);
  assert.is(beneficiary.bells, 1);
  assert.not.match(invited, "2233", "nothing of the payer's account");
  beneficiary.press("a");
  await issuer.sees("nordlicht accepted the voucher");
  assert.not.match(issuer.screen(), "withdraw");

  await draw(beneficiary, "400");
  const asked = await payer.sees("[y] approve drawing 3, CNY 400.00");
  assert.match(asked, /waits for you, 7\d h left|waits for you, [23] d left/);
  assert.match(asked, "600.00 remain, 400.00 wait, 0.00 paid, 0.00 released");
  assert.is(payer.bells, 2, "at the request and at the drawing");
  payer.press("n");
  await payer.answer("Reason", "the goods are late");
  await beneficiary.sees("acme refused drawing 3 of CNY 400.00 “the goods are late”");
  await draw(beneficiary, "250.50");
  await payer.sees("[y] approve drawing 5, CNY 250.50");
  payer.press("y");
  for (const person of [issuer, payer, beneficiary]) await person.sees("drawing 5 of CNY 250.50 is paid");
  await beneficiary.sees("749.50 remain, 0.00 wait, 250.50 paid, 0.00 released");
  beneficiary.press("g");
  await beneficiary.answer("Amount in CNY");
  await issuer.sees(/1 +issuer +acme +CNY +1,000\.00 +released/);
  assert.is((await hub.running.accounts.get({ party: "nordlicht", number: "DE-1001" }))?.balance, 25_050);
});

async function later(scene: VoucherScene): Promise<Person> {
  return seat(scene.payer.party);
}

terminal("what was issued yesterday is there today, at 40 columns and at 80", async () => {
  const scene = await openVoucherScene(hub);
  const id = await scene.issue({ memo: "steel", approval: { by: "payer", within: 3600 } });
  await accepted(scene.beneficiary, "voucher:draw", id, { amount: 30_000, to: scene.to });
  const person = await later(scene);
  await person.sees("[y] approve drawing 2, CNY 300.00");
  await person.sees("drew CNY 300.00 to …001");
  const tomorrow = Date.now() + 24 * 3600_000;
  const wide = person.screen(80, tomorrow);
  assert.match(wide, new RegExp(`${id}, accepted, on funds …2233, valid until 20`));
  assert.match(wide, /drawing 2 waits: CNY 300\.00, to …001, 0:00 left/);
  assert.match(wide, /20\d\d-\d\d-\d\d a voucher of CNY 1,000\.00 is issued to/);
  const narrow = person.screen(40);
  for (const says of [
    /▸ +1 +P +\S*benef\S+ +1,000\.00/,
    "700.00 remain, 300.00 wait,",
    "[y] approve",
    "[n] refuse",
  ])
    assert.match(narrow, says);
  scene.close();
});

terminal("a question about a drawing goes away when another terminal has decided it", async () => {
  const scene = await openVoucherScene(hub);
  const id = await scene.issue({ approval: { by: "payer", within: 3600 } });
  for (const amount of [30_000, 20_000])
    await accepted(scene.beneficiary, "voucher:draw", id, { amount, to: scene.to });
  const person = await later(scene);
  await person.sees("[n] refuse drawing 2, CNY 300.00");
  person.press("n");
  await person.sees("› Reason");
  await accepted(scene.payer, "drawing:approve", id, { drawingId: "2" });
  // Not one word of the reason that is being typed goes to the next drawing.
  assert.not.match(await person.sees("[n] refuse drawing 3, CNY 200.00"), "Reason");
  scene.close();
});

terminal(
  "an issuer that is its own beneficiary draws at once; a wrong account is refused with words",
  async () => {
    const scene = await openVoucherScene(hub, { beneficiary: "issuer" });
    await scene.issue();
    const person = await seat(scene.issuer.party);
    const shown = await person.sees("[d] draw");
    assert.match(shown, /▸ +1 +beneficiary\+issuer/);
    assert.not.match(shown, "withdraw");
    person.press("d");
    await person.answer("Amount in CNY");
    await person.answer("Account number", "NOT-THERE");
    await person.answer("Held under the name", "Somebody");
    await person.sees("account_name_mismatch");
    person.press("d");
    await person.answer("Amount in CNY", "2,000");
    await person.sees("1,000.00 remain");
    await person.answer("Amount in CNY", "1,000");
    await person.answer("Account number", scene.to.number);
    await person.answer("Held under the name", scene.to.holder);
    await person.sees("drawing 2 of CNY 1,000.00 is paid");
    await person.sees(/honoured/);
    scene.close();
  },
);

terminal.run();
