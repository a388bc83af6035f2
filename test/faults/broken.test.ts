// about 40 s
/** The checker can fail: hubs whose scripts are broken on purpose, and it finds each fault. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Breakage } from "./broken-script.ts";
import { type CampaignResult, runCampaign } from "./campaign.ts";
import type { RuleName } from "./findings.ts";

const broken = suite("hubs with a broken script");

/** A short run, in which what is broken shows without any other fault. */
const RUN = { seed: 4, seconds: 3, store: "single", hubs: 2, pairs: 6 } as const;

function rulesBroken({ violations }: CampaignResult): Set<RuleName> {
  return new Set(violations.map(({ rule }) => rule));
}

const BREAKAGES: { title: string; breakage: Breakage; rule: RuleName }[] = [
  {
    title: "that looks for no repeat is found out: a command is answered in two ways",
    breakage: {
      file: "steps/replay.lua",
      text: "if storedAnswer then",
      instead: "if false then",
    },
    rule: "same_answer",
  },
  {
    title: "that remembers no answer is found out: events are nobody's effect",
    breakage: {
      file: "steps/write-answered.lua",
      text: "set[#set + 1] = answerField",
      instead: "set[#set + 1] = 'nobody'",
    },
    rule: "one_effect",
  },
  {
    title: "that freezes before it has checked is found out by the audit",
    breakage: {
      file: "submit-account.lua",
      text: "local code, kind = verify(",
      instead: "redis.call('HINCRBY', account.key, 'frozen', issuance.amount)\nlocal code, kind = verify(",
    },
    rule: "audited",
  },
  {
    title: "that takes a step too many at once is found out by the lifecycle",
    breakage: { file: "agree-payer.lua", text: "state = 'agreed'", instead: "state = 'opened'" },
    rule: "legal",
  },
  {
    title: "that forgets its journal now and then is found out by the issuances' logs",
    breakage: {
      file: "steps/write-event.lua",
      text: "redis.call('XADD', journal",
      instead:
        "local where = issuance.version % 3 > 0 and journal or journal .. ':elsewhere'\nredis.call('XADD', where",
    },
    rule: "journal",
  },
];

for (const { title, breakage, rule } of BREAKAGES) {
  broken(title, async () => {
    const found = rulesBroken(await runCampaign({ ...RUN, broken: [breakage] }));
    assert.ok(found.has(rule), `${rule} is not among what was found: ${[...found].join(", ")}`);
  });
}

/** What is broken only shows when something is done to the store, or to a hub. */
const STORE_BREAKAGES: Breakage[] = [
  // What a terminal knows is held against nothing.
  { file: "steps/compare-seen.lua", text: "tonumber(seen)", instead: "nil" },
  // Whoever asks for invitations is told of none; a session that begins is told by another script.
  { file: "list-open.lua", text: "'LIMIT', 0, count", instead: "'LIMIT', 0, 0" },
  // A write that comes again is done again.
  { file: "steps/replay-write.lua", text: "redis.call('GET', write)", instead: "false" },
];
const STORE_RULES: RuleName[] = ["noticed", "invited", "written_once"];

broken(
  "that do not know the past, nor a write that comes again, and tell of no invitation, are found out by what is done to the store",
  async () => {
    const found = rulesBroken(
      await runCampaign({
        ...RUN,
        seconds: 40,
        rounds: 1,
        restMs: [100, 300],
        heardMs: 1000,
        only: ["write_repeated", "store_rewound", "killed_before_telling"],
        broken: STORE_BREAKAGES,
      }),
    );
    for (const rule of STORE_RULES)
      assert.ok(found.has(rule), `${rule} is not among what was found: ${[...found].join(", ")}`);
  },
);

broken.run();
