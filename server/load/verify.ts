/** Whether the hub tells the same of the issuances and vouchers that its terminals saw to their end. */
import type { Witnessed } from "./messages.ts";
import type { Sign } from "./prepare.ts";

const AT_ONCE = 20;
const TOKEN_SECONDS = 600;

/**
 * What the hub has otherwise, a line for each issuance and voucher.
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
      const { issuanceId, voucherId } = one;
      const path = voucherId === undefined ? `issuances/${issuanceId}` : `vouchers/${voucherId}`;
      const problem = compare(one, await read(`${url}/v1/${path}`, token));
      if (problem) problems.push(`${voucherId ?? issuanceId}: ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return problems;
}

/** What is wrong, if anything is. */
export function compare(seen: Witnessed, stored: Stored | undefined): string | undefined {
  if (!stored) return `the hub has no such ${seen.voucherId === undefined ? "issuance" : "voucher"}`;
  if (stored.version !== seen.issuerVersion || stored.version !== seen.payerVersion) {
    const { issuerVersion, payerVersion } = seen;
    return `the hub has version ${stored.version}, the issuer saw ${issuerVersion}, the payer ${payerVersion}`;
  }
  return stored.digest === seen.digest ? undefined : "the hub has other events than were told";
}

/** What is compared of a snapshot. */
interface Stored {
  version: number;
  digest: string;
}

async function read(address: string, token: string): Promise<Stored | undefined> {
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as Stored & { detail?: string };
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`the hub answered ${response.status}: ${body.detail}`);
  return body;
}
