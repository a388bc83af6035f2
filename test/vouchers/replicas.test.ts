// about 15 s, mostly waiting
/** MIN_REPLICAS and vouchers: whoever may know of a voucher is told once replicas have it, and strangers learn nothing by waiting. */
import { setTimeout } from "node:timers/promises";
import type { VoucherListAck, VoucherSnapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call } from "../http/client.ts";
import { command, openVoucherScene, syncVoucher, toldOf, type VoucherScene } from "./scene.ts";

const replicas = suite("vouchers and replicas");
let master: TestRedis;
let replica: TestRedis;
let hub: TestHub;
let scene: VoucherScene;
let stranger: RawTerminal;
let operator: string;

replicas.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  const client = master.client();
  while (!/state=online/.test(await client.info("replication"))) await setTimeout(20);
  hub = await startHub({ redisUrl: master.url, settings: { MIN_REPLICAS: "1", SWEEP_INTERVAL: "200" } });
  operator = await hub.token("bank", { operator: true });
  stranger = await connectTerminal(hub, "v-stranger");
});
replicas.after(async () => {
  stranger.close();
  await hub.close();
  await replica.stop();
  await master.stop();
});
replicas.before.each(async () => {
  scene = await openVoucherScene(hub);
});
replicas.after.each(() => scene.close());

type Ask = () => Promise<string>;

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const { ok, error } = (await answer) as { ok: boolean; error?: { code: string } };
  return ok ? "ok" : (error?.code ?? "");
}

const asOperator = async (method: string, path: string, body?: object): Promise<string> =>
  String((await call(hub, method, path, { token: operator, ...(body && { body }) })).status);

const claim = (terminal: RawTerminal, { voucherId, digest }: VoucherSnapshot) =>
  terminal.send("voucher:sync", { voucherId, after: 9, digest });

async function snapshot(terminal: RawTerminal, voucherId: string): Promise<VoucherSnapshot> {
  const answer = await syncVoucher(terminal, voucherId);
  assert.ok(answer.ok);
  return answer.voucher;
}

/** What is said while replicas don't have a voucher's newest event, and what is said then. */
function compare(rows: readonly (readonly [title: string, ask: Ask, before: string, after: string])[]) {
  return async (unconfirmed: () => Promise<void>) => {
    await replica.kill("SIGSTOP");
    try {
      await unconfirmed();
      for (const [title, ask, before] of rows) assert.is(`${title}: ${await ask()}`, `${title}: ${before}`);
    } finally {
      await replica.kill("SIGCONT");
    }
    for (const [title, ask, , after] of rows) assert.is(`${title}: ${await ask()}`, `${title}: ${after}`);
  };
}

replicas(
  "a refusal waits for them where its sender may know of the voucher, and for nobody else",
  async () => {
    const { issuer, payer, beneficiary } = scene;
    const voucherId = await scene.issue();
    const other = await scene.issue();
    await toldOf(beneficiary, other, "voucher.issued");
    const states = async (terminal: RawTerminal, question: object) => {
      const answer = (await terminal.send("voucher:list", question)) as VoucherListAck;
      return answer.ok ? `${answer.vouchers.length}` : answer.error.code;
    };
    const unknown = "v0-AAAAAAAAAAAAAAAA";
    const reference = freshId();
    const check = compare([
      [
        "of another state",
        () => codeOf(command(beneficiary, "voucher:accept", voucherId, {})),
        "unavailable",
        "wrong_state",
      ],
      [
        "of another role",
        () => codeOf(command(payer, "voucher:accept", voucherId, {})),
        "unavailable",
        "forbidden",
      ],
      [
        "a withdrawal",
        () => codeOf(command(issuer, "voucher:withdraw", voucherId, {})),
        "unavailable",
        "wrong_state",
      ],
      [
        "a stranger's command",
        () => codeOf(command(stranger, "voucher:accept", voucherId, {})),
        "not_found",
        "not_found",
      ],
      ["a stranger's sync", () => codeOf(syncVoucher(stranger, voucherId)), "not_found", "not_found"],
      [
        "one of nothing",
        () => codeOf(command(payer, "voucher:accept", unknown, {})),
        "not_found",
        "not_found",
      ],
      ["a list by state", () => states(payer, { state: "issued" }), "unavailable", "1"],
      [
        "an operator's void of it",
        () => asOperator("POST", `/v1/vouchers/${voucherId}/void`, { reason: "x", reference }),
        "503",
        "200",
      ],
    ]);
    await check(async () => {
      assert.is(await codeOf(command(beneficiary, "voucher:accept", voucherId, {})), "unavailable");
    });
  },
);

replicas("a fence is made at once, shown once they have its voucher, and so is what is decided", async () => {
  const { issuer, payer, beneficiary } = scene;
  const [shown, decided, free] = [await scene.issue(), await scene.issue(), await scene.issue()];
  await toldOf(beneficiary, free, "voucher.issued");
  const known = [await snapshot(payer, shown), await snapshot(payer, decided)];
  const decide = (id: string) => () => asOperator("POST", `/v1/fences/${id}`, { decision: "resume" });
  const listed = async () => {
    const { text } = await call(hub, "GET", `/v1/fences?party=${payer.party}`, { token: operator });
    const { fences } = JSON.parse(text) as { fences: { voucherId: string; voucher?: object }[] };
    const fence = fences.find(({ voucherId }) => voucherId === shown);
    return fence ? (fence.voucher ? "with its voucher" : "alone") : "none";
  };
  const check = compare([
    ["the list of fences", listed, "alone", "with its voucher"],
    ["a fence", () => asOperator("GET", `/v1/fences/${shown}`), "503", "200"],
    ["a decision about one that is not fenced", decide(free), "503", "409"],
    ["a decision", decide(decided), "503", "409"],
  ]);
  await check(async () => {
    for (const id of [shown, decided, free])
      assert.is(await codeOf(command(beneficiary, "voucher:accept", id, {})), "unavailable");
    for (const voucher of known)
      for (const terminal of [payer, issuer])
        assert.is(await codeOf(claim(terminal, voucher)), "unavailable");
  });
});

replicas.run();
