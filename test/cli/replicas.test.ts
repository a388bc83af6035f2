/** With MIN_REPLICAS a command that changes the book itself says that it is done when replicas have it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withLedger } from "../bench/fill.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { runCommand } from "./run-command.ts";

const PARTITIONS = 16;

const replicas = suite("a command on the book with MIN_REPLICAS");
let master: TestRedis;
let replica: TestRedis;
let isReplicaUp = true;
let environment: Record<string, string>;
let fenced: string;

replicas.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  const client = master.client();
  while (!/state=online/.test(await client.info("replication"))) await pause(20);
  environment = {
    REDIS_URL: master.url,
    PARTITIONS: String(PARTITIONS),
    MIN_REPLICAS: "1",
    ARCHIVE_URL: "none",
    // Where no hub listens, so that decisions are made in the book.
    PORT: "1",
  };
  await withLedger(
    master.url,
    async (ledger) => {
      const account = { kind: "funds", holder: "Acme Ltd", currency: "CNY", balance: 100 } as const;
      await ledger.accounts.put({ party: "acme", number: "1" }, account);
      const offer = { commandId: "one", payer: "acme", amount: 5, currency: "CNY" } as const;
      const made = await ledger.requestPayer({ party: "lotus" }, offer);
      assert.ok(made.kind === "done");
      fenced = made.snapshot.issuanceId;
      await ledger.fences.fence(fenced, { party: "lotus", version: 9, digest: "0123456789ab" });
    },
    { partitions: PARTITIONS },
  );
});
replicas.after(async () => {
  if (isReplicaUp) await replica.stop();
  await master.stop();
});

const run = (...args: string[]) => runCommand(args, { environment });
const adjust = (reference: string) => run("accounts", "adjust", "acme", "1", "1", "--reference", reference);

/** A file with an account. */
function accountsFile(): string {
  const file = join(temporaryFolder(), "accounts.csv");
  writeFileSync(file, "party,number,holder,kind,currency,amount\nacme,2,Acme Ltd,funds,CNY,1.00\n");
  return file;
}

replicas("says that it is done when they have it", async () => {
  const { status, out, error } = await adjust("r-1");
  assert.equal([status, error], [0, ""]);
  assert.match(out, /acme +1 .*2\.00/);
  assert.is(await replica.client().hget(await accountKey("1"), "total"), "200");
});

replicas("says that a failover may undo it when they don't, and what to do", async () => {
  await replica.stop();
  isReplicaUp = false;
  const commands = [
    ["accounts", "adjust", "acme", "1", "1", "--reference", "r-2"],
    ["accounts", "block", "acme", "1"],
    ["accounts", "import", accountsFile()],
    ["fences", "resume", fenced],
  ];
  for (const args of commands) {
    const { status, out, error } = await run(...args);
    assert.is(status, 1, args.join(" "));
    assert.match(
      error,
      /it is done in the book, but a failover may undo it: .*0 of 1 replicas/s,
      args.join(" "),
    );
    assert.match(error, /Do the same again/);
    assert.not.match(out, /kept|blocked|goes on/, "nothing is said to be done");
  }
  const { status, out } = await run("accounts", "list", "acme");
  assert.equal([status, out.match(/blocked/g)?.length], [0, 1], "reading waits for nobody");
  assert.match(out, /3\.00/);
});

async function accountKey(number: string): Promise<string> {
  const [key] = await master.client().keys(`*account:acme:${number}`);
  assert.ok(key, (await master.client().keys("*acme*")).join());
  return key;
}

replicas.run();
