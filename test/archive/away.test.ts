// time limit: 600 s
// about 105 s, mostly waiting
/** While the archive is away nobody is told that there is nothing of what may be in it, and what is in progress goes on. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf, type WebhookPut } from "@tallystick/protocol";
import { sql } from "kysely";
import Libsql from "libsql";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call, refusedWith } from "../http/client.ts";
import { accepted, FROM } from "../vouchers/scene.ts";
import { askAll, type Ended, endAll, left, until } from "./ended-scene.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";

const tests = suite("an archive that is away");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

interface Fault {
  title: string;
  /** A name of a place. */
  at: string;
  begin(url: string): Promise<void>;
  heal(url: string): Promise<void>;
  /** What the log says of it. */
  says: RegExp;
}

const pathOf = (url: string) => url.slice("file:".length);
const ASIDE = ".aside";
const SQLITE_FILES = ["", "-wal", "-shm"];

/** As `mv` does. */
function move(url: string, from: string, to: string): void {
  for (const suffix of SQLITE_FILES)
    if (existsSync(pathOf(url) + from + suffix))
      renameSync(pathOf(url) + from + suffix, pathOf(url) + to + suffix);
}

const FAULTS: readonly Fault[] = [
  {
    title: "its file is removed",
    at: "SQLite",
    begin: async (url) => move(url, "", ASIDE),
    heal: async (url) => move(url, ASIDE, ""),
    says: /is not in its place any more/,
  },
  {
    title: "a damaged file is in its place",
    at: "SQLite",
    begin: async (url) => {
      move(url, "", ASIDE);
      writeFileSync(pathOf(url), "no archive any more. ".repeat(1000));
    },
    heal: async (url) => {
      for (const suffix of SQLITE_FILES) rmSync(pathOf(url) + suffix, { force: true });
      move(url, ASIDE, "");
    },
    says: /is damaged/,
  },
  {
    title: "it does not run",
    at: "PostgreSQL",
    begin: async () => places.postgres?.kill(),
    heal: async () => places.postgres?.restart(),
    says: /is away/,
  },
];

async function metric(hub: TestHub, name: string): Promise<number> {
  const text = await hub.running.registry.metrics();
  const [, value] =
    new RegExp(`^tallystick_archive_${name}\\{archive="history"\\} (\\S+)$`, "m").exec(text) ?? [];
  return Number(value);
}

/** The code of an answer over the socket, or over HTTP; undefined of one that is no refusal. */
function codeOf(answer: unknown): string | undefined {
  const { error, status, text } = answer as { error?: { code: string }; status?: number; text?: string };
  return error?.code ?? ((status ?? 200) >= 400 ? JSON.parse(text ?? "{}").code : undefined);
}

/** Names those that differ alone. */
function sameAs(before: Record<string, unknown>, after: Record<string, unknown>): void {
  for (const [name, answer] of Object.entries(before)) assert.equal(after[name], answer, name);
}

const ENDPOINT: WebhookPut = { url: "http://127.0.0.1:9/" };

/** What a terminal was told of one that has ended. */
interface Known {
  id: string;
  version: number;
  digest: string;
}

async function knownOf({ scene: { issuer }, declined, honoured }: Ended): Promise<Known[]> {
  return Promise.all(
    [declined, issuanceIdOf(honoured)].map(async (id) => {
      const synced = await issuer.sync(id);
      assert.ok(synced.ok);
      return { id, version: synced.issuance.version, digest: synced.issuance.digest };
    }),
  );
}

/** All that is answered from the archive alone, by what has to be sent for it. */
async function askArchive(
  hub: TestHub,
  { scene, declined, honoured }: Ended,
  known: readonly Known[],
): Promise<Record<string, unknown>> {
  const { issuer, beneficiary, payer } = scene;
  const answers: Record<string, unknown> = {};
  for (const [name, payload] of [
    ["issuance:find", {}],
    ["voucher:find", { state: "honoured" }],
    ["issuance:check", { known }],
  ] as const)
    answers[`${name} ${JSON.stringify(payload)}`] = await issuer.send(name, payload);
  const operator = await hub.token("operator", { operator: true });
  for (const [party, path] of [
    [issuer.party, "issuances"],
    [issuer.party, `issuances/${declined}/events`],
    [beneficiary.party, "vouchers?q=invoice"],
    [beneficiary.party, `vouchers/${honoured}/events`],
    [payer.party, `parties/${payer.party}/accounts/${FROM}/entries`],
    [payer.party, "events"],
    ["", "events?after=0"],
    ["", "accounts"],
    ["", "webhooks"],
  ] as const) {
    const token = party === "" ? operator : await hub.token(party);
    answers[path] = await call(hub, "GET", `/v1/${path}`, { token });
  }
  const accept = { accept: "text/csv" };
  const path = `/v1/parties/${payer.party}/accounts/${FROM}/entries`;
  answers.csv = await call(hub, "GET", path, { token: operator, headers: accept });
  answers.put = await call(hub, "PUT", "/v1/webhooks/ledger", { token: operator, body: ENDPOINT });
  return answers;
}

/** What is in progress goes on from its beginning to its end. */
async function doBusiness({ scene }: Ended): Promise<string> {
  const voucherId = await scene.issue({ memo: "meanwhile" });
  await accepted(scene.beneficiary, "voucher:release", voucherId, {});
  return voucherId;
}

async function readiness(hub: TestHub): Promise<number> {
  return (await fetch(`${hub.url}/readyz`)).status;
}

interface Scene {
  hub: TestHub;
  url: string;
  ended: Ended;
  outsider: RawTerminal;
  said: string[];
}

/** A hub from whose store all that has ended has left. */
async function withScene(name: string, run: (scene: Scene) => Promise<void>): Promise<void> {
  const url = await placeOf(places, name).fresh();
  const said: string[] = [];
  const hub = await startHub({
    settings: {
      ...{ RETIRE_AFTER: "2", ARCHIVE_URL: url, RATE_LIMIT: "100000" },
      ...{ WEBHOOK_ALLOW_PRIVATE: "yes", LOG_LEVEL: "warn" },
    },
    onLog: (line) => said.push(line),
  });
  const outsider = await connectTerminal(hub, "outsider");
  let ended: Ended | undefined;
  try {
    ended = await endAll(hub);
    for (const id of [ended.declined, ended.honoured, ended.voided]) await left(hub, id);
    await run({ hub, url, ended, outsider, said });
  } finally {
    outsider.close();
    ended?.scene.close();
    await hub.close();
  }
}

const isUp = (hub: TestHub) => async () => (await metric(hub, "up")) === 1;
const isAway = (hub: TestHub) => async () => (await metric(hub, "up")) === 0;

for (const { title, at, begin, heal, says } of FAULTS.filter(({ at }) => PLACE_NAMES.includes(at))) {
  tests(`is told from one that has nothing, and all is as before once it is back: ${title}`, () =>
    withScene(at, async ({ hub, url, ended, outsider, said }) => {
      const before = await askAll(hub, ended, outsider);
      const known = await knownOf(ended);
      for (const [asked, answer] of Object.entries(await askArchive(hub, ended, known)))
        assert.is(codeOf(answer), undefined, `${asked}: ${JSON.stringify(answer)}`);
      let meanwhile = "";
      try {
        await begin(url);
        await until(isAway(hub));
        const asked = { ...(await askAll(hub, ended, outsider)), ...(await askArchive(hub, ended, known)) };
        const wrong = Object.entries(asked).filter(([, answer]) => codeOf(answer) !== "unavailable");
        assert.equal(
          Object.fromEntries(wrong),
          {},
          "what may be in the archive is neither there nor not there",
        );
        assert.is(
          (await call(hub, "GET", "/v1/events", { token: await hub.token("acme") })).headers.get(
            "retry-after",
          ),
          "1",
        );
        meanwhile = await doBusiness(ended);
        assert.is(await readiness(hub), 200);
        await until(async () => (await metric(hub, "lag_seconds")) > 1);
      } finally {
        // Other tests need it.
        await heal(url);
      }
      await until(isUp(hub));
      await until(async () => (await metric(hub, "lag_seconds")) < 1);
      sameAs(before, await askAll(hub, ended, outsider));
      for (const [name, answer] of Object.entries(await askArchive(hub, ended, known)))
        assert.is(codeOf(answer), undefined, name);
      await left(hub, meanwhile);
      assert.is(said.filter((line) => says.test(line)).length, 1, said.join(""));
      assert.is(said.filter((line) => /failed/.test(line)).join(""), "");
    }),
  );
}

tests("is read as before while another process writes its file, and the lag tells (SQLite)", () =>
  withScene("SQLite", async ({ hub, url, ended, outsider }) => {
    const before = await askAll(hub, ended, outsider);
    const other = new Libsql(pathOf(url), { timeout: 10_000 });
    other.exec("BEGIN IMMEDIATE");
    try {
      await doBusiness(ended);
      await until(isAway(hub));
      await until(async () => (await metric(hub, "lag_seconds")) > 1);
      const token = await hub.token("operator", { operator: true });
      assert.is((await call(hub, "GET", `/v1/issuances/${ended.declined}`, { token })).status, 200);
    } finally {
      other.exec("ROLLBACK");
      other.close();
    }
    await until(isUp(hub));
    sameAs(before, await askAll(hub, ended, outsider));
  }),
);

/** The processes of a server that are there now. */
function processesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}

if (PLACE_NAMES.includes("PostgreSQL") && existsSync("/proc/self/task")) {
  tests("that does not answer is not waited for without an end (PostgreSQL)", () =>
    withScene("PostgreSQL", async ({ hub, ended }) => {
      const { postgres } = places;
      const pids = processesOf(postgres?.pid ?? 0);
      for (const pid of pids) process.kill(pid, "SIGSTOP");
      try {
        const token = await hub.token("operator", { operator: true });
        const asked = call(hub, "GET", `/v1/issuances/${ended.declined}`, { token });
        await doBusiness(ended);
        refusedWith(await asked, 503, "unavailable");
        // Nobody waits any more for what comes on top.
        const flood = Array.from({ length: 1_200 }, () =>
          hub.running.archive.ask("readIssuance", ended.declined),
        );
        const refusals = await Promise.allSettled(flood.slice(1_000));
        assert.ok(refusals.every(({ status }) => status === "rejected"));
        await Promise.allSettled(flood);
        await until(async () => (await metric(hub, "lag_seconds")) > 1);
      } finally {
        for (const pid of pids) process.kill(pid, "SIGCONT");
      }
      await until(isUp(hub));
      const token = await hub.token("operator", { operator: true });
      await until(
        async () => (await call(hub, "GET", `/v1/issuances/${ended.declined}`, { token })).status === 200,
      );
      await sleep(10);
    }),
  );
}

if (PLACE_NAMES.includes("PostgreSQL")) {
  tests(
    "whose connection is lost between two queries of a transaction is an error of the second, and of nothing else (PostgreSQL)",
    async () => {
      const address = parseArchiveUrl(await placeOf(places, "PostgreSQL").fresh());
      if (address.kind === "none") throw new Error("there is nothing to open");
      const { database, close } = await openDatabase(address);
      const failed = await database
        .transaction()
        .execute(async (transaction) => {
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
          await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(database);
          // That it is lost is heard while nothing is asked over it.
          await sleep(200);
          await sql`select 1`.execute(transaction);
        })
        .catch((error: Error) => error);
      assert.instance(failed, Error);
      const { rows } = await sql<{ one: number }>`select 1 as one`.execute(database);
      assert.equal(rows, [{ one: 1 }]);
      await close();
    },
  );
}

tests.run();
