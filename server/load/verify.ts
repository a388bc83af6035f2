/** Whether the hub tells the same of the issuances that its terminals saw to their end. */
import type { Snapshot } from "@tallystick/protocol";
import type { Witnessed } from "./messages.ts";
import type { Sign } from "./prepare.ts";

const AT_ONCE = 20;
const TOKEN_SECONDS = 600;

/**
 * What the hub has otherwise, a line for each issuance.
 *
 * @throws Error when the hub can't be asked.
 */
export async function compareWithHub(options: {
  url: string;
  sign: Sign;
  witnessed: readonly Witnessed[];
}): Promise<string[]> {
  const { url, sign, witnessed } = options;
  const token = await sign({ party: "load-operator", operator: true, ttlSeconds: TOKEN_SECONDS });
  const problems: string[] = [];
  let next = 0;
  const work = async () => {
    for (let one = witnessed[next++]; one; one = witnessed[next++]) {
      const snapshot = await readIssuance(url, token, one.issuanceId);
      const problem = compare(one, snapshot);
      if (problem) problems.push(`${one.issuanceId}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems;
}

/** What is wrong, if anything is. */
export function compare(seen: Witnessed, stored: Snapshot | undefined): string | undefined {
  if (!stored) return "the hub has no such issuance";
  if (stored.version !== seen.issuerVersion || stored.version !== seen.payerVersion) {
    const { issuerVersion, payerVersion } = seen;
    return `the hub has version ${stored.version}, the issuer saw ${issuerVersion}, the payer ${payerVersion}`;
  }
  return stored.digest === seen.digest ? undefined : "the hub has other events than were told";
}

async function readIssuance(url: string, token: string, issuanceId: string): Promise<Snapshot | undefined> {
  const response = await fetch(`${url}/v1/issuances/${issuanceId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = (await response.json()) as Snapshot & { detail?: string };
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`the hub answered ${response.status}: ${body.detail}`);
  return body;
}
