/** `tallystick demo`: every flow of the claims, played between real terminals against a running hub. */
import { type Account, formatAmount } from "@tallystick/protocol";
import { alignColumns } from "./align.ts";
import { enterCast, SCENES } from "./demo/scenes.ts";
import { Stage } from "./demo/stage.ts";
import { Transcript } from "./demo/transcript.ts";

/**
 * Plays the scenes and prints who said what when, and the accounts before and after.
 *
 * @throws Error when no hub answers, or a scene goes otherwise than the claims say.
 */
export async function runDemo(options: { url: string }): Promise<void> {
  const write = (line: string) => console.log(line);
  const transcript = new Transcript(write);
  const stage = await Stage.open(options.url, transcript);
  try {
    const cast = await enterCast(stage);
    const before = await stage.accounts();
    write(`Played at ${stage.url} by the issuer ${cast.lotus.party} and the payer ${cast.acme.party}.`);
    for (const [index, scene] of SCENES.entries()) {
      transcript.scene(index + 1, scene.title, scene.claims);
      await scene.play(cast);
    }
    write("");
    for (const line of compare(before, await stage.accounts())) write(line);
  } finally {
    await stage.close();
  }
}

/** The accounts before and after, a row each. What is frozen stays frozen behind the vouchers. */
function compare(before: readonly Account[], after: readonly Account[]): string[] {
  const header = ["account", "party", "holder", "kind", "", "total", "frozen before", "after", "available"];
  const rows = after.map((account, index) => {
    const { currency } = account;
    return [
      account.number,
      account.party,
      account.holder,
      account.kind,
      currency,
      formatAmount(account.balance ?? account.limit ?? 0, currency),
      formatAmount(before[index]?.frozen ?? 0, currency),
      formatAmount(account.frozen, currency),
      formatAmount(account.available, currency),
    ];
  });
  return alignColumns([header, ...rows], { right: [5, 6, 7, 8] });
}
