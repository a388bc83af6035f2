/** Everybody who can ask a hub something: the parties of a voucher, others, operators of each scope, and bad tokens. */
import { SignJWT } from "jose";
import { createTokens, OPERATOR_PARTS } from "../../server/tokens.ts";
import type { TestHub } from "../helpers/hub.ts";

/** What the hub is started with, for the tokens that are made here. */
export const SENDER_SETTINGS = {
  JWT_SECRET: "a secret of the matrix, of 32 bytes or more",
  JWT_AUDIENCE: "tallystick",
  JWT_ISSUER: "https://id.example.com",
};

export interface Sender {
  name: string;
  /** Whose token it is. */
  party: string;
  /** Undefined: there is none. */
  token: string | undefined;
  /** What a good token lets its holder do; of a bad one nothing. */
  scopes: readonly string[];
}

/** Terminals of these parties, an operator of each scope, and everybody without a good token. */
export async function sendersOf(hub: TestHub, parties: Record<string, string>): Promise<Sender[]> {
  const sign = hub.running.tokens.sign as NonNullable<typeof hub.running.tokens.sign>;
  const [, payer = ""] = Object.values(parties);
  const terminals = Object.entries(parties).map(async ([name, party]) => ({
    name,
    party,
    token: await sign({ party, ttlSeconds: 600 }),
    scopes: ["terminal"],
  }));
  const operators = ["operator", ...OPERATOR_PARTS].map(async (scope) => ({
    name: `an operator with ${scope}`,
    party: "bank",
    token: await sign({ party: "bank", scope, ttlSeconds: 600 }),
    scopes: [scope],
  }));
  const bad = Object.entries(await badTokens(payer)).map(([name, token]) => ({
    name,
    party: payer,
    token,
    scopes: [],
  }));
  return [...(await Promise.all([...terminals, ...operators])), ...bad];
}

/** Tokens that would let the payer, and an operator, do everything, if they were good. */
async function badTokens(party: string): Promise<Record<string, string | undefined>> {
  const claims = { party, scope: "operator terminal", ttlSeconds: 600 };
  const signedWith = async (settings: Partial<typeof SENDER_SETTINGS>) => {
    const tokens = await createTokens({ ...SENDER_SETTINGS, ...settings, DATA_DIR: "" });
    return tokens.sign?.(claims);
  };
  const good = await signedWith({});
  const [, body = ""] = good?.split(".") ?? [];
  const unsigned = Buffer.from('{"alg":"none"}').toString("base64url");
  return {
    "nobody, without a token": undefined,
    "a token that has expired": await expired(party),
    "a token of another hub": await signedWith({ JWT_SECRET: "the secret of another hub, 32 bytes or more" }),
    "a token for another service": await signedWith({ JWT_AUDIENCE: "payroll" }),
    "a token of another issuer": await signedWith({ JWT_ISSUER: "https://id.example.org" }),
    "a token that nobody has signed": `${unsigned}.${body}.`,
    "a token whose signature was cut off": good?.slice(0, -8),
    "no token at all, but a text": "operator",
  };
}

function expired(party: string): Promise<string> {
  const { JWT_SECRET, JWT_AUDIENCE, JWT_ISSUER } = SENDER_SETTINGS;
  return new SignJWT({ scope: "operator terminal" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(party)
    .setAudience(JWT_AUDIENCE)
    .setIssuer(JWT_ISSUER)
    .setExpirationTime(Math.floor(Date.now() / 1000) - 1)
    .sign(new TextEncoder().encode(JWT_SECRET));
}
