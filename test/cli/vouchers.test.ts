// about 30 s
// time limit: 480 s
/** `tallystick vouchers`, `settlements` and `show`: an operator sees what became of vouchers, and decides. */
import { setTimeout } from "node:timers/promises";
import type { Settlement } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { accepted, openVoucherScene, snapshotOf, TO, toldOf, type VoucherScene } from "../vouchers/scene.ts";
import { type Ended, runCommand } from "./run-command.ts";

const command = suite("vouchers on the command line");
const JWT_SECRET = "a secret for decisions, of 32 bytes or more";

let redis: TestRedis;
let hub: TestHub;
command.before(async () => {
  redis = await startRedis();
  hub = await startHub({ redisUrl: redis.url, settings: { JWT_SECRET } });
});
command.after(async () => {
  await hub.close();
  await redis.stop();
});

/** Runs the command on the hub's book; the hub is not to be found unless its port is named. */
function run(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const settings = { REDIS_URL: redis.url, PARTITIONS: "16", PORT: "9", ...environment };
  return runCommand(args, { environment: settings });
}

const throughHub = () => ({ PORT: String(hub.port), JWT_SECRET });

/** What a command prints that has to succeed. */
async function printed(args: string[], environment?: Record<string, string>): Promise<string> {
  const { status, out, error } = await run(args, environment);
  assert.is(status, 0, error);
  return out;
}

async function idsOf(args: string[]): Promise<string[]> {
  const out = await printed([...args, "--json"]);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).settlementId ?? JSON.parse(line).voucherId);
}

async function refused(args: string[], says: string | RegExp, environment?: Record<string, string>) {
  const { status, out, error } = await run(args, environment);
  assert.equal([status, out], [1, ""], error);
  assert.match(error, says);
  assert.not.match(error, /\n\s+at /, "no stack");
}

/** A drawing that can't be paid, since its account has become a line of credit meanwhile. */
async function unpayable(scene: VoucherScene): Promise<string> {
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 30_000, to });
  await hub.putAccount(to.holder, TO, { kind: "credit", holder: to.holder, currency: "CNY", limit: 0 });
  const drawingId = String(drawn.event.version);
  const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId });
  await toldOf(beneficiary, voucherId, "drawing.settlement_failed");
  return `${voucherId}.${event.version}`;
}

async function stateOf(settlementId: string): Promise<string> {
  const headers = { authorization: `Bearer ${await hub.token("operator", { operator: true })}` };
  const answer = await fetch(`${hub.url}/v1/settlements/${settlementId}`, { headers });
  return ((await answer.json()) as Settlement).state;
}

command("lists what lives or is in one state, of all parties or one, each voucher once", async () => {
  const one = await openVoucherScene(hub);
  const other = await openVoucherScene(hub, { beneficiary: "issuer" });
  const first = await one.issue({ memo: "steel" });
  await toldOf(one.beneficiary, first, "voucher.issued");
  const second = await one.issue();
  const third = await other.issue();
  await accepted(one.beneficiary, "voucher:draw", second, { to: one.to });

  const [alive, ofOne, ofPayer, honoured] = await Promise.all(
    [[], ["--party", one.beneficiary.party], ["--party", other.payer.party], ["--state", "honoured"]].map(
      (args) => idsOf(["vouchers", "list", ...args]),
    ),
  );
  assert.equal(alive?.sort(), [first, third].sort());
  assert.equal([ofOne, ofPayer, honoured], [[first], [third], [second]]);
  assert.is(await printed(["vouchers", "list", "--state", "voided"]), "No voucher is voided.\n");

  const [header, line] = (await printed(["vouchers", "list", "--party", one.payer.party])).split("\n");
  assert.match(header ?? "", /^voucher +issuer +payer +beneficiary +amount +honoured +waits +remains +state/);
  const parties = [one.issuer, one.payer, one.beneficiary].map(({ party }) => party).join(" +");
  const sums = "CNY 1,000.00 +0.00 +0.00 +1,000.00 +issued";
  assert.match(line ?? "", new RegExp(`^${first} +${parties} +${sums} +20\\d\\d-`));
  await refused(["vouchers", "list", "--state", "paid"], /Allowed choices are issued, accepted/);
  one.close();
  other.close();
});

command("shows a voucher with its drawings and events, and an issuance with its own", async () => {
  const scene = await openVoucherScene(hub);
  const { payer, beneficiary, to } = scene;
  const id = await scene.issue({ memo: "steel", approval: { by: "payer", within: 3600 } });
  await accepted(beneficiary, "voucher:draw", id, { amount: 30_000, to, final: true });
  const no = { drawingId: "2", reason: "not yet" };
  await accepted(payer, "drawing:refuse", id, no);
  const out = await printed(["show", id]);
  for (const says of [
    /^state +accepted, version 3$/m,
    /^amount +CNY 1,000\.00$/m,
    /^memo +“steel”$/m,
    /^remains +CNY 1,000\.00$/m,
    /^approval +by the payer within 3600 s; silence honours$/m,
    /^account +funds …2233$/m,
    /^ +2 +CNY 300\.00 +…001 +refused, final/m,
    new RegExp(`^20\\S+Z +1 +payer ${payer.party} +voucher\\.issued +CNY 1,000\\.00 on funds …2233 for`, "m"),
    new RegExp(
      `2 +beneficiary ${beneficiary.party} +drawing\\.presented +drawing 2, CNY 300\\.00 to …001, final`,
    ),
    /3 +payer \S+ +drawing\.refused +drawing 2, CNY 300\.00 “not yet”$/m,
  ])
    assert.match(out, says);
  assert.not.match(out, "6222020200112233", "the payer's account by its last digits alone");
  assert.is(await printed(["vouchers", "show", id]), out);
  const json = JSON.parse(await printed(["show", id, "--json"]));
  assert.equal(json.voucher, await snapshotOf(payer, id));
  assert.equal(
    json.events.map(({ type }: { type: string }) => type),
    ["voucher.issued", "drawing.presented", "drawing.refused"],
  );

  const issuance = await printed(["show", id.slice(1)]);
  assert.match(issuance, /^state +issued, version 4$/m);
  assert.match(issuance, new RegExp(`^voucher +${id}$`, "m"));
  for (const type of ["payer.requested", "payer.agreed", "issuance.opened", "voucher.issued"])
    assert.match(
      issuance,
      new RegExp(`^20\\S+Z +\\d +(issuer|payer) \\S+ +${type.replace(".", "\\.")}`, "m"),
    );
  assert.not.match(issuance, "6222020200112233");
  await Promise.all([
    refused(["show", "nonsense"], "nonsense is not the id of an issuance or a voucher"),
    refused(["show", "v3-AAAAAAAAAAAAAAAA"], "there is no voucher v3-AAAAAAAAAAAAAAAA"),
    refused(["show", "99999-AAAAAAAAAAAAAAAA"], "there is no issuance 99999-AAAAAAAAAAAAAAAA"),
  ]);
  scene.close();
});

command("voids a voucher through the hub, which tells all parties, or in the book", async () => {
  const scene = await openVoucherScene(hub);
  const id = await scene.issue();
  const args = ["vouchers", "void", id, "--reason", "fraud", "--reference", "case-1"];
  const says = `${id} is voided, version 2: CNY 1,000.00 of it were not drawn.\n`;
  const before = await scene.balances();
  for (let time = 0; time < 2; time++) assert.is(await printed(args, throughHub()), says);
  for (const terminal of [scene.issuer, scene.payer, scene.beneficiary])
    await toldOf(terminal, id, "voucher.voided");
  assert.equal([before.payer.frozen, (await scene.balances()).payer.frozen], [100_000, 0]);
  await refused([...args.slice(0, -1), "case-2"], `${id} is voided: only a voucher that is`, throughHub());
  const otherReason = ["vouchers", "void", id, "--reason", "other", "--reference", "case-1"];
  await refused(otherReason, "the reference case-1 was used with another reason", throughHub());

  const second = await scene.issue();
  const alone = await run(["vouchers", "void", second, ...args.slice(3)]);
  assert.match(alone.error, "decided in the book; terminals hear of it when they next sync.");
  assert.is(alone.out, says.replaceAll(id, second));
  assert.is((await snapshotOf(scene.issuer, second)).state, "voided");
  await refused(["vouchers", "void", "v3-AAAAAAAAAAAAAAAA", ...args.slice(3)], "there is no voucher");
  scene.close();
});

command(
  "where no hub runs, a void comes after what time has brought about, and a hub pays that later",
  async () => {
    const store = await startRedis();
    const first = await startHub({ redisUrl: store.url });
    const scene = await openVoucherScene(first);
    const { beneficiary, to } = scene;
    const id = await scene.issue({ approval: { by: "payer", within: 1 } });
    await accepted(beneficiary, "voucher:draw", id, { amount: 30_000, to });
    scene.close();
    await first.close();
    await setTimeout(1100);
    const args = ["vouchers", "void", id, "--reason", "fraud", "--reference", "case-1"];
    const { out } = await run(args, { REDIS_URL: store.url });
    assert.is(out, `${id} is voided, version 4: CNY 700.00 of it were not drawn.\n`);
    const second = await startHub({ redisUrl: store.url, settings: { SWEEP_INTERVAL: "100" } });
    const balance = async () =>
      (await second.running.accounts.get({ party: to.holder, number: TO }))?.balance;
    while ((await balance()) === 0) await setTimeout(20);
    assert.is(await balance(), 30_000);
    await second.close();
    await store.stop();
  },
);

command("redirects and closes what could not be paid; without a hub it waits for one", async () => {
  const scene = await openVoucherScene(hub);
  const { beneficiary, to } = scene;
  const id = await unpayable(scene);
  const [voucherId = ""] = id.split(".");
  const [header, line] = (await printed(["settlements", "list"])).split("\n");
  assert.match(header ?? "", /^settlement +state +amount +to +account +attempt +reason +since$/);
  const expected = `^${id} +failed +CNY 300.00 +${to.holder} +${TO} +1 +account_not_payable +20`;
  assert.match(line ?? "", new RegExp(expected));
  assert.equal(await idsOf(["settlements", "list", "--party", "somebody-else"]), []);

  await hub.putAccount(to.holder, "DE-1002", {
    kind: "funds",
    holder: to.holder,
    currency: "CNY",
    balance: 0,
  });
  const redirect = ["settlements", "redirect", id, to.holder];
  const nowhere = await run([...redirect, "NOWHERE"]);
  assert.match(nowhere.error, "decided in the book; terminals hear of it when they next sync.");
  assert.is(nowhere.out, `${id} is open: CNY 300.00 to ${to.holder} NOWHERE, attempt 2.\n`);
  // The hub's sweep carries out what the command has left in the queue.
  while ((await stateOf(id)) === "open") await setTimeout(20);
  assert.match(await printed([...redirect, "DE-1002"], throughHub()), /DE-1002, attempt 3/);
  await toldOf(beneficiary, voucherId, "drawing.settled");
  const paid = await hub.running.accounts.get({ party: to.holder, number: "DE-1002" });
  assert.is(paid?.balance, 30_000);
  await refused([...redirect, "DE-1002"], `${id} is settled: only one that failed`, throughHub());

  const other = await openVoucherScene(hub);
  const second = await unpayable(other);
  const close = ["settlements", "close", second, "--reference", "swift-42"];
  const says = `${second} is settled: CNY 300.00 to ${other.to.holder} ${TO}, attempt 1.\n`;
  for (let time = 0; time < 2; time++) assert.is(await printed(close, throughHub()), says);
  await toldOf(other.issuer, second.split(".")[0] as string, "drawing.settled");
  assert.is((await run(close)).out, says, "in the book the same again is answered the same");
  await refused(
    ["settlements", "close", second, "--reference", "swift-43"],
    `${second} is settled: only one`,
  );
  await refused(
    ["settlements", "close", "v3-AAAAAAAAAAAAAAAA.2", "--reference", "x"],
    "there is no settlement",
  );
  scene.close();
  other.close();
});

command.run();
