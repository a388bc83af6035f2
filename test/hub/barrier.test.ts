// time limit: 240 s
// about 15 s, mostly waiting
/** MIN_REPLICAS: nothing of a voucher is told before replicas have it, whoever asks, and in whichever way. */
import { setTimeout } from "node:timers/promises";
import { COMMAND_NAMES, type Snapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { type Answer, accountPath, accountsPath, type Call, call } from "../http/client.ts";
import { AMOUNT, openScene, payloadFor, type Scene } from "./scene.ts";

const barrier = suite("the replication barrier");

/** An account that has money for one voucher. */
const SHORT = "6222020200999999";
/** Long enough for several sweeps. */
const SWEEPS_MS = 1500;

let master: TestRedis;
let replica: TestRedis;
let hub: TestHub;
let scene: Scene;
let operator: string;
barrier.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  const client = master.client();
  while (!/state=online/.test(await client.info("replication"))) await setTimeout(20);
  hub = await startHub({ redisUrl: master.url, settings: { MIN_REPLICAS: "1", SWEEP_INTERVAL: "200" } });
  operator = await hub.token("bank", { operator: true });
});
barrier.after(async () => {
  await hub.close();
  await replica.stop();
  await master.stop();
});
barrier.before.each(async () => {
  scene = await openScene(hub);
  const body = { kind: "funds", holder: scene.payer.party, currency: "CNY", balance: AMOUNT } as const;
  await hub.putAccount(scene.payer.party, SHORT, body);
});
barrier.after.each(() => scene.close());

/** The issuances of a test, each verified and with its acceptance under way. */
interface Stage {
  /** Accepted, by the command that has this id. */
  plain: Snapshot;
  commandId: string;
  /** Accepted, and then fenced. */
  fenced: Snapshot;
  /** The same, for an operator to decide. */
  decided: Snapshot;
  /** Accepted, which leaves its account without money for the next two. */
  short: Snapshot;
  /** Verified with the account of `short`. */
  verified: Snapshot;
  /** Without an account yet. */
  opened: Snapshot;
  /** The tag of the account of `short` before that was issued. */
  tag: string;
}

async function prepare(): Promise<Stage> {
  const withShort = async () => {
    const { issuanceId } = await scene.reach("opened");
    return (await scene.payer.accepted("account:submit", submitShort(issuanceId))).issuance;
  };
  const [plain, fenced, decided] = [
    await scene.reach("verified"),
    await scene.reach("verified"),
    await scene.reach("verified"),
  ];
  const [short, verified] = [await withShort(), await withShort()];
  const opened = await scene.reach("opened");
  const account = await http("GET", accountPath(scene.payer.party, SHORT), { token: operator });
  const tag = account.headers.get("etag") as string;
  return { plain, commandId: freshId(), fenced, decided, short, verified, opened, tag };
}

function submitShort(issuanceId: string) {
  return { issuanceId, account: { number: SHORT, holder: scene.payer.party } };
}

const http = (method: string, path: string, options: Call) => call(hub, method, path, options);

/** One way to ask: what it is answered before replicas have the vouchers, and after. */
interface Way {
  title: string;
  ask: () => Promise<string>;
  before: string;
  after: string;
}

/** `ok`, or the code of a refusal. */
async function asked(answer: Promise<unknown>): Promise<string> {
  const { ok, error } = (await answer) as { ok: boolean; error?: { code: string } };
  return ok ? "ok" : (error?.code ?? "");
}

async function statusOf(answer: Promise<Answer>): Promise<string> {
  return String((await answer).status);
}

/** Each command by either side on what was issued. Who may not send it at all learns nothing. */
function commandsOn({ plain, commandId }: Stage): Way[] {
  const { issuanceId, version } = plain;
  const sides = [scene.issuer, scene.payer];
  const isIssuers = (name: string) => name === "issuance:open" || name === "issuance:accept";
  const isPayers = (name: string) => /^payer:|submit|keep/.test(name);
  const names = COMMAND_NAMES.filter((name) => name !== "payer:request");
  const plainly = sides.flatMap((side) =>
    names.map((name): Way => {
      const mayNot = side === scene.issuer ? isPayers(name) : isIssuers(name);
      const [before, after] = mayNot ? ["forbidden", "forbidden"] : ["unavailable", "wrong_state"];
      const ask = () =>
        asked(side.send(name, { ...payloadFor(name, scene, issuanceId), commandId: freshId() }));
      return { title: `${name} by ${side.party}`, ask, before, after };
    }),
  );
  const cancel = (more: object) => ({ issuanceId, commandId: freshId(), ...more });
  const ahead = { seen: { version: version + 2, digest: "0123456789ab" } };
  const reused = { issuanceId, commandId, reason: "another payload" };
  const repeat = { issuanceId, commandId };
  return [
    ...plainly,
    ...sides.map((side) => ({
      title: `a command of ${side.party} that has seen more`,
      ask: () => asked(side.send("issuance:cancel", cancel(ahead))),
      before: "unavailable",
      after: "rolled_back",
    })),
    {
      title: "its commandId with another payload",
      ask: () => asked(scene.issuer.send("issuance:cancel", reused)),
      before: "unavailable",
      after: "conflict",
    },
    {
      title: "its repeat",
      ask: () => asked(scene.issuer.send("issuance:accept", repeat)),
      before: "unavailable",
      after: "ok",
    },
  ];
}

/** Commands on other issuances whose refusal shows that the money is frozen. */
function commandsBeside({ verified, opened }: Stage): Way[] {
  const accept = { issuanceId: verified.issuanceId, commandId: freshId() };
  const submit = { ...submitShort(opened.issuanceId), commandId: freshId() };
  return [
    {
      title: "an acceptance that finds no money left, and its repeats",
      ask: () => asked(scene.issuer.send("issuance:accept", accept)),
      before: "unavailable",
      after: "account_refused",
    },
    {
      title: "an account that has no money left, and its repeats",
      ask: () => asked(scene.payer.send("account:submit", submit)),
      before: "unavailable",
      after: "insufficient_funds",
    },
  ];
}

function readings({ plain, fenced, decided }: Stage): Way[] {
  const { issuanceId } = plain;
  const readers = [scene.issuer.party, scene.payer.party];
  const token = async (party: string) => (party === "bank" ? operator : hub.token(party));
  return [
    ...[scene.issuer, scene.payer].flatMap((side): Way[] => [
      {
        title: `a sync by ${side.party}`,
        ask: () => asked(side.sync(issuanceId)),
        before: "unavailable",
        after: "ok",
      },
      {
        title: `issuance:list by ${side.party}`,
        ask: async () => {
          const answer = await side.list();
          if (!answer.ok) return answer.error.code;
          return answer.open.some((one) => one.issuanceId === issuanceId) ? "open" : "left out";
        },
        before: "unavailable",
        after: "left out",
      },
      {
        title: `a session of ${side.party} that begins`,
        ask: async () => {
          const { session, close } = await connectTerminal(hub, side.party);
          close();
          const isThere = session.open.some((one) => one.issuanceId === issuanceId);
          return `${isThere ? "open" : "left out"}, ${session.more ? "more" : "no more"}`;
        },
        // What is left out may yet come.
        before: "left out, more",
        after: "left out, no more",
      },
      {
        title: `a check by ${side.party} of what it knows`,
        ask: async () => {
          const { version, digest } = plain;
          const known = [{ id: issuanceId, version, digest }];
          return JSON.stringify(await side.send("issuance:check", { known }));
        },
        before: '{"ok":true,"behind":[]}',
        after: '{"ok":true,"behind":[]}',
      },
    ]),
    ...[...readers, "bank"].flatMap((party): Way[] =>
      [`/v1/issuances/${issuanceId}`, `/v1/vouchers/v${issuanceId}`].map((path) => ({
        title: `GET ${path} by ${party}`,
        ask: async () => statusOf(http("GET", path, { token: await token(party) })),
        before: "503",
        after: "200",
      })),
    ),
    ...[fenced, decided].map((one) => ({
      title: "a sync that shows more, which fences it",
      ask: () => asked(scene.payer.sync(one.issuanceId, one.version + 2)),
      before: "unavailable",
      after: "rolled_back",
    })),
  ];
}

/** An operator's ways to what is fenced. */
function fences({ fenced, decided }: Stage): Way[] {
  const path = `/v1/fences/${fenced.issuanceId}`;
  const headers = { "idempotency-key": freshId() };
  const resume = { decision: "resume" };
  return [
    {
      title: "the list of fences",
      ask: async () => {
        const answer = await http("GET", `/v1/fences?party=${scene.payer.party}`, { token: operator });
        const { fences: found } = JSON.parse(answer.text) as {
          fences: { issuanceId: string; issuance?: Snapshot }[];
        };
        const one = found.find(({ issuanceId }) => issuanceId === fenced.issuanceId);
        return one ? `listed, ${one.issuance?.state ?? "its state untold"}` : "left out";
      },
      before: "listed, its state untold",
      after: "listed, issued",
    },
    {
      title: "a fence",
      ask: () => statusOf(http("GET", path, { token: operator })),
      before: "503",
      after: "200",
    },
    {
      title: "a decision that the state forbids",
      ask: () => statusOf(http("POST", path, { token: operator, body: { decision: "cancel" } })),
      before: "503",
      after: "409",
    },
    {
      title: "a decision",
      ask: () =>
        statusOf(
          http("POST", `/v1/fences/${decided.issuanceId}`, { token: operator, body: resume, headers }),
        ),
      before: "503",
      after: "200",
    },
  ];
}

/** An operator's ways to the account in which the money is frozen. */
function accounts({ tag }: Stage): Way[] {
  const { party } = scene.payer;
  const path = accountPath(party, SHORT);
  const body = { kind: "funds", holder: party, currency: "CNY", balance: AMOUNT };
  const put = (title: string, more: object, headers: Record<string, string>, after: string): Way => ({
    title: `PUT of the account ${title}`,
    ask: () => statusOf(http("PUT", path, { token: operator, body: { ...body, ...more }, headers })),
    before: "503",
    after,
  });
  const adjust = (title: string, amount: number, headers: Record<string, string>, after: string): Way => {
    const change = { amount, reference: freshId() };
    return {
      title: `adjust of the account ${title}`,
      ask: () => statusOf(http("POST", `${path}/adjust`, { token: operator, body: change, headers })),
      before: "503",
      after,
    };
  };
  const get = (title: string, where: string, headers: Record<string, string> = {}): Way => ({
    title: `GET of ${title}`,
    ask: () => statusOf(http("GET", where, { token: operator, headers })),
    before: "503",
    after: "200",
  });
  return [
    get("the account", path),
    get("the account, if it is not as it was", path, { "if-none-match": tag }),
    get("all accounts", accountsPath(party)),
    put("as it is", {}, {}, "200"),
    put("with a key", {}, { "idempotency-key": freshId() }, "200"),
    put("below what is frozen", { balance: AMOUNT - 1 }, {}, "422"),
    put("in another currency", { currency: "USD" }, {}, "409"),
    put("if it is as it was", {}, { "if-match": tag }, "412"),
    adjust("by nothing that is frozen", 1, {}, "200"),
    adjust("by more than is left", -AMOUNT, {}, "422"),
    adjust("if it is as it was", 1, { "if-match": tag }, "412"),
  ];
}

async function answersOf(ways: readonly Way[]): Promise<string[]> {
  return Promise.all(ways.map(async ({ title, ask }) => `${title}: ${await ask()}`));
}

async function issuedSoFar(): Promise<number> {
  const { text } = await http("GET", "/metrics", {});
  return Number(/^tallystick_issuances_total\{outcome="issued"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

/** Whether the issuer's index names it. */
async function isIndexed(issuer: RawTerminal, issuanceId: string): Promise<boolean> {
  const key = partitionKeys.open(partitionOf(issuer.party, 16));
  const members = await hub.running.store.zrange(key, "0", "-1");
  return members.some((member) => member.includes(issuanceId));
}

barrier("nothing is told of a voucher before they have it, in any way, and everything after", async () => {
  const stage = await prepare();
  const issued = [stage.plain, stage.fenced, stage.decided, stage.short];
  const accept = ({ issuanceId }: Snapshot, commandId = freshId()) =>
    asked(scene.issuer.send("issuance:accept", { issuanceId, commandId }));
  const counted = await issuedSoFar();
  // Those that change something for the others come first.
  const rounds = [
    readings(stage),
    [...commandsOn(stage), ...fences(stage)],
    commandsBeside(stage),
    accounts(stage),
  ];
  await replica.kill("SIGSTOP");
  try {
    const accepted = await Promise.all([
      accept(stage.plain, stage.commandId),
      ...issued.slice(1).map((one) => accept(one)),
    ]);
    assert.equal([...new Set(accepted)], ["unavailable"]);
    for (const ways of rounds)
      assert.equal(
        await answersOf(ways),
        ways.map(({ title, before }) => `${title}: ${before}`),
      );
    await setTimeout(SWEEPS_MS);
    for (const { issuanceId } of issued) assert.ok(await isIndexed(scene.issuer, issuanceId), "the index");
    for (const { events } of [scene.issuer, scene.payer])
      assert.equal(
        events.filter(({ type }) => type === "voucher.issued" || type === "account.refused"),
        [],
      );
    assert.is(await issuedSoFar(), counted);
    // What shows nothing goes on.
    const other = await scene.reach("verified");
    assert.ok((await scene.issuer.sync(other.issuanceId)).ok);
    await hub.putAccount(scene.issuer.party, SHORT, {
      kind: "funds",
      holder: "x",
      currency: "CNY",
      balance: 1,
    });
    const own = await http("GET", accountPath(scene.issuer.party, SHORT), { token: operator });
    assert.is(own.status, 200);
  } finally {
    await replica.kill("SIGCONT");
  }
  for (const ways of rounds)
    assert.equal(
      await answersOf(ways),
      ways.map(({ title, after }) => `${title}: ${after}`),
    );
  const { issuanceId } = stage.plain;
  assert.is((await scene.payer.told(issuanceId, "voucher.issued")).version, stage.plain.version + 1);
  assert.is(await issuedSoFar(), counted + 1, "the one whose command was repeated");
  const end = performance.now() + 60_000;
  while (await isIndexed(scene.issuer, issuanceId)) {
    assert.ok(performance.now() < end, "the index is pruned");
    await setTimeout(50);
  }
});

barrier("what replicas were found to have is told at once while they are away", async () => {
  const { issuanceId } = await scene.reach("issued");
  const path = accountPath(scene.payer.party, "6222020200112233");
  assert.is((await http("GET", path, { token: operator })).status, 200);
  assert.ok(await scene.payer.list());
  await replica.kill("SIGSTOP");
  try {
    const readAll = async () => {
      const started = performance.now();
      assert.ok((await scene.payer.sync(issuanceId)).ok);
      assert.is((await http("GET", path, { token: operator })).status, 200);
      assert.ok((await scene.payer.list()).ok, "a quiet partition");
      return performance.now() - started;
    };
    // What waits for replicas waits for a second each time; a busy machine may take as long, though not always.
    let tries = 1;
    while ((await readAll()) > 900) assert.ok(tries++ < 20, "nothing waits");
  } finally {
    await replica.kill("SIGCONT");
  }
});

barrier.run();
