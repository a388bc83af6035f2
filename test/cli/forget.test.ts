// about 32 s, mostly waiting
/** `tallystick forget`, as an operator runs it beside a hub that archives, and where none runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { startHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startRedis } from "../helpers/redis.ts";
import { call } from "../http/client.ts";
import { openVoucherScene } from "../vouchers/scene.ts";
import { runCommand } from "./run-command.ts";

const command = suite("forgetting a party on the command line");

let places: Places;
command.before(async () => {
  places = await startPlaces();
});
command.after(() => places.stop());

const TEXTS = /wilhelmine/i;

for (const name of PLACE_NAMES) {
  command(`blanks what has ended, and old commands are answered as before (${name})`, async () => {
    const ARCHIVE_URL = await placeOf(places, name).fresh();
    const hub = await startHub({ settings: { ARCHIVE_URL, RETIRE_AFTER: "1" } });
    const scene = await openVoucherScene(hub);
    const { issuer, payer } = scene;
    const environment = { ARCHIVE_URL, REDIS_URL: hub.redisUrl, PARTITIONS: "16" };
    const forget = (party: string) => runCommand(["forget", "--party", party], { environment });
    try {
      const living = await scene.issue({ memo: "Wilhelmine lives" });
      const offer = {
        commandId: freshId(),
        payer: payer.party,
        amount: 5,
        currency: "CNY",
        memo: "for Wilhelmine",
      };
      const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
      const no = { commandId: freshId(), issuanceId, reason: "ask Wilhelmine" };
      const declined = await payer.accepted("payer:decline", no);
      assert.match(JSON.stringify(declined), TEXTS);
      const token = await hub.token("operator", { operator: true });
      const events = async () =>
        (await call(hub, "GET", `/v1/issuances/${issuanceId}/events`, { token })).text;
      while ((await hub.running.archive.ask("readRetired", { id: issuanceId })) === undefined)
        await sleep(50);

      const unknown = await forget("nobody");
      assert.equal([unknown.status, unknown.out], [1, ""]);
      assert.match(unknown.error, /not_found: the book has nothing of nobody/);
      assert.match(await events(), TEXTS, "nothing was done");

      let said = await forget(payer.party);
      assert.is(said.status, 0, said.error);
      assert.match(said.out, /Not forgotten: what money needs/);
      // The entries of its end leave the store's journal within a second; the hub goes on by itself.
      while (TEXTS.test(await events())) await sleep(50);
      said = await forget(payer.party);
      assert.match(said.out, /^1 issuance of \S+ blanked: /);
      assert.match(said.out, /^1 issuance not yet: /m);
      const journal = await Promise.all(
        Array.from({ length: 16 }, (_, partition) =>
          hub.running.store.xrevrange(partitionKeys.journal(partition), "+", "-", "COUNT", 1),
        ),
      );
      for (const [last] of journal) {
        const fields = last?.[1] ?? [];
        assert.equal(fields.slice(0, 4), ["event", "party.forgotten", "party", payer.party]);
        assert.match(fields.at(-1) ?? "", /^[\w-]{22}\.cli\.\S+ \S+$/, "who has said it");
      }
      const again = await payer.accepted("payer:decline", no);
      assert.is(again.issuance.digest, declined.issuance.digest);
      assert.not.match(JSON.stringify(again), TEXTS);
      const repeated = await issuer.accepted("payer:request", offer);
      assert.equal(
        [repeated.issuance.issuanceId, repeated.issuance.state],
        [issuanceId, "proposed"],
        "as of then",
      );
      assert.not.match(JSON.stringify(repeated), TEXTS);
      const voucher = (await call(hub, "GET", `/v1/vouchers/${living}`, { token })).text;
      assert.match(voucher, TEXTS, "it lives");
      const audited = await runCommand(["audit"], { environment });
      assert.is(audited.status, 0, audited.out);
      assert.match(audited.out, /1 issuance is blanked, since a party was forgotten/);
    } finally {
      scene.close();
      await hub.close();
    }
  });
}

command("says what it lacks, and leaves it to the next hub where none runs", async () => {
  const none = await runCommand(["forget", "--party", "acme"], { environment: { ARCHIVE_URL: "none" } });
  assert.is(none.status, 1);
  assert.match(none.error, /there is no archive/);
  const misnamed = await runCommand(["forget", "--party", "Acme & Co"]);
  assert.is(misnamed.status, 1);
  const ARCHIVE_URL = await placeOf(places, "SQLite").fresh();
  const redis = await startRedis();
  const hub = await startHub({ redisUrl: redis.url, settings: { ARCHIVE_URL } });
  const scene = await openVoucherScene(hub);
  await scene.issue();
  const { party } = scene.payer;
  const environment = { ARCHIVE_URL, REDIS_URL: hub.redisUrl, PARTITIONS: "16" };
  while ((await hub.running.archive.ask("findVouchers", { party, limit: 1 })).found.length === 0)
    await sleep(50);
  scene.close();
  await hub.close();
  const left = await runCommand(["forget", "--party", party], { environment });
  assert.equal([left.status, left.error], [0, ""]);
  assert.match(left.out, new RegExp(`It is in the journal that ${party} is to be forgotten`));
  await redis.stop();
});

command.run();
