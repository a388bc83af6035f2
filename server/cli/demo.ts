/** `tallystick demo`: every flow, played between real terminals against a running hub. */
import { type Account, formatAmount } from "@tallystick/protocol";
import { alignColumns } from "./align.ts";
import { LIFE_SCENES, REPAID } from "./demo/life-scenes.ts";
import { enterCast, SCENES } from "./demo/scenes.ts";
import { Stage } from "./demo/stage.ts";
import { Transcript } from "./demo/transcript.ts";
import { money } from "./event-details.ts";

/**
 * Plays the scenes and prints who said what when, and the accounts before and after.
 *
 * @throws Error when no hub answers, a scene goes otherwise than it should, or money was lost or made.
 */
export async function runDemo(options: { url: string }): Promise<void> {
  const write = (line: string) => console.log(line);
  const transcript = new Transcript(write);
  const stage = await Stage.open(options.url, transcript);
  try {
    const cast = await enterCast(stage);
    const before = await stage.accounts();
    const { lotus, acme, nord } = cast;
    write(`Played at ${stage.url} by ${lotus.party}, ${acme.party} and ${nord.party}.`);
    for (const [index, { title, claims, play }] of SCENES.entries()) {
      transcript.scene(index + 1, title, claims);
      await play(cast);
    }
    for (const [index, { title, play }] of LIFE_SCENES.entries()) {
      transcript.scene(SCENES.length + index + 1, title, "");
      await play(cast);
    }
    const after = await stage.accounts();
    write("");
    for (const line of compare(before, after)) write(line);
    write("");
    write(conservation(before, after));
  } finally {
    await stage.close();
  }
}

/** The accounts before and after, a row each. What is frozen stays frozen behind the vouchers that live. */
function compare(before: readonly Account[], after: readonly Account[]): string[] {
  const header = ["account", "party", "holder", "kind", "", "before", "after", "used", "frozen", "available"];
  const rows = after.map((account, index) => {
    const { currency } = account;
    const sums = [
      totalOf(before[index] ?? account),
      totalOf(account),
      account.used ?? 0,
      account.frozen,
      account.available,
    ];
    return [
      account.number,
      account.party,
      account.holder,
      account.kind,
      currency,
      ...sums.map((sum) => formatAmount(sum, currency)),
    ];
  });
  return alignColumns([header, ...rows], { right: [5, 6, 7, 8, 9] });
}

/** A balance, or a limit. */
function totalOf({ balance, limit = 0 }: Account): number {
  return balance ?? limit;
}

/**
 * Nothing is lost and nothing made: what the parties have, less what they owe on their lines of credit, has grown by
 * what was repaid from outside, and by nothing else.
 */
function conservation(before: readonly Account[], after: readonly Account[]): string {
  const worth = (accounts: readonly Account[]) =>
    accounts.reduce((sum, { balance = 0, used = 0 }) => sum + balance - used, 0);
  const [then, now] = [worth(before), worth(after)].map((sum) => money(sum, "CNY"));
  if (worth(after) !== worth(before) + REPAID) throw new Error(`of ${then} in all there are ${now} now`);
  return `Conserved: ${then} before and ${now} after, balances less credit used; ${money(REPAID, "CNY")} were repaid from outside.`;
}
