/** Settings from the environment, checked at start (design, section 3, "Running"). */

import { createPrivateKey } from "node:crypto";
import { MAX_VALID_FOR, SETTLEMENT_MODES } from "@tallystick/protocol";
import { z } from "zod";
import { parseArchiveUrl } from "./archive-url.ts";
import { parseRedisUrl } from "./redis/connect.ts";

/** A whole number in digits; JavaScript's own reading would take `0x10`, `1e3` and a blank for numbers too. */
const whole = (min: number, max: number) =>
  z
    .string()
    .transform((text) => (/^\s*\d{1,15}\s*$/.test(text) ? Number(text) : Number.NaN))
    .refine((number) => number >= min && number <= max, `must be a whole number from ${min} to ${max}`);
const count = (fallback: number, min: number, max: number) => whole(min, max).default(fallback);
const seconds = (fallback: number) => count(fallback, 1, 30 * 24 * 3600);

const origins = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(
    z.array(z.string().refine(isOrigin, "must be origins such as https://pay.example.com by comma, or *")),
  );

/** A browser sends scheme, host and port, and nothing else; what is written otherwise would match no page. */
function isOrigin(text: string): boolean {
  if (text === "*") return true;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(text) || !URL.canParse(text)) return false;
  // The origins of apps, such as capacitor://localhost, have no form of their own.
  return !/^https?:/.test(text) || new URL(text).origin === text;
}

/** A text that a function reads; what that throws says what is wrong with it. */
const readBy = (read: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  });

/** A setting has one line, so it is not PEM. */
const signingKey = z
  .string()
  .refine(
    isSigningKey,
    "must be an Ed25519 private key, PKCS8 in DER as base64 on one line: openssl genpkey -algorithm ed25519 -outform DER | base64",
  );

function isSigningKey(text: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
  try {
    const key = createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
    return key.asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

const DAY = 24 * 3600;

/** How long a token may be good unless the operator says otherwise, seconds. */
export const LONGEST_TOKEN_LIFE = 30 * DAY;

/** Limits can be set as far as a load test needs. */
const MOST = 10_000_000;

/** Every setting, its default and its bounds. */
export const SETTINGS = z.object({
  /** Port that the hub listens on; 0 takes a free one. */
  PORT: count(3000, 0, 65535),
  /** Address that the hub listens on. */
  HOST: z.string().min(1, "must not be blank").default("127.0.0.1"),
  /** Certificate and key of the hub's own port, files in PEM; unset, it speaks plain HTTP. */
  TLS_CERT: z.string().min(1, "must not be blank").optional(),
  TLS_KEY: z.string().min(1, "must not be blank").optional(),
  /** The store; unset, the hub starts a Redis of its own in DATA_DIR. */
  REDIS_URL: readBy(parseRedisUrl).optional(),
  /** Where history is kept; unset, a file in DATA_DIR, or nowhere where REDIS_URL names a store of one's own. */
  ARCHIVE_URL: readBy(parseArchiveUrl).optional(),
  /** Where the hub's own Redis and archive, its own secret and its signing key are kept. */
  DATA_DIR: z.string().min(1, "must not be blank").default(".tallystick"),
  /** Secret of HS256 tokens, 32 bytes or more. */
  JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, "must have 32 bytes or more")
    .optional(),
  /** Where the public keys of asymmetric tokens are. */
  JWKS_URL: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
  /** The service that tokens have to be for (`aud`). */
  JWT_AUDIENCE: z.string().min(1, "must not be blank").optional(),
  /** Who has to have issued them (`iss`). */
  JWT_ISSUER: z.string().min(1, "must not be blank").optional(),
  /** Seconds that a token may be good from now on, at most. */
  JWT_MAX_LIFE: count(LONGEST_TOKEN_LIFE, 1, MOST),
  /** What documents are signed with; unset, a key is made in DATA_DIR. */
  SIGNING_KEY: signingKey.optional(),
  /** Origins of web pages that may connect, by comma; `*` for all. */
  CORS_ORIGINS: origins.optional(),
  /** Into how many partitions the book is cut; fixed once there is data. */
  PARTITIONS: count(256, 1, 16384),
  /** Hub processes on this machine, behind one port. */
  WORKERS: count(1, 1, 64),
  /** Replicas that have to have a voucher before its issue is acknowledged; 0 waits for none. */
  MIN_REPLICAS: count(0, 0, 16),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  /** Seconds that a payer has to answer a request. */
  RESPOND_WITHIN: seconds(300),
  /** Seconds that every other wait may take. */
  WAIT_WITHIN: seconds(900),
  /** Seconds that an issuance without a voucher stays after its end where there is no archive. */
  RETENTION: count(7 * DAY, 60, 3650 * DAY),
  /** Seconds after its end at which what the archive has leaves the store. */
  RETIRE_AFTER: count(3600, 1, 3650 * DAY),
  /** Seconds in which a request that is repeated is recognised after that. */
  REMEMBER: count(DAY, 1, 3650 * DAY),
  /** Commands a second that one terminal may send on average; twice as many in a burst. */
  RATE_LIMIT: count(200, 1, MOST),
  /** Commands a second that one party may send over all its terminals and hubs; twice as many in a burst. */
  PARTY_RATE: count(2000, 1, MOST),
  /** Terminals that one party may have at one hub. */
  PARTY_CONNECTIONS: count(1000, 1, MOST),
  /** Requests of one issuer that may wait for one payer's answer. */
  OPEN_PER_PAIR: count(100, 1, MOST),
  /** Issuances of one issuer that may be open. */
  OPEN_PER_ISSUER: count(10_000, 1, MOST),
  /** Vouchers of one issuer's that one other beneficiary has not touched, beyond which it may request no more for it. */
  UNTOUCHED_PER_PAIR: count(100, 1, MOST),
  /** Accounts verified within an hour between one issuer and one payer without a voucher; beyond 1,000 none is counted. */
  PROBES_PER_PAIR: count(10, 1, MOST),
  /** Connections that one address may have at one hub; unset, as many as come. */
  ADDRESS_CONNECTIONS: whole(1, MOST).optional(),
  /** Proxies in front that add to X-Forwarded-For. */
  TRUST_PROXY: count(0, 0, 10),
  /** Who may read /metrics; unset, whoever reaches it where HOST is loopback and no proxy is trusted. */
  METRICS_TOKEN: z.string().min(16, "must have 16 characters or more").optional(),
  /** Address and port of /metrics where it has one of its own. */
  METRICS_HOST: z.string().min(1, "must not be blank").default("127.0.0.1"),
  METRICS_PORT: whole(0, 65535).optional(),
  /** Seconds in which /readyz says 503 before the port is closed. */
  DRAIN: count(0, 0, 3600),
  /** Seconds from its issue in which a voucher can be drawn on, at most; an offer that says more is refused. */
  MAX_VALID_FOR: count(365 * DAY, 1, MAX_VALID_FOR),
  /** Where drawings are paid out: into the beneficiary's account in the book, or by a system outside. */
  SETTLE: z.enum(SETTLEMENT_MODES).default("book"),
  /** Whether webhooks may go to http and to addresses that are not public. */
  WEBHOOK_ALLOW_PRIVATE: z.enum(["yes", "no"]).default("no"),
  /** How many fences that one party has caused are listed; what comes on top is fenced all the same. */
  FENCES_PER_PARTY: count(20, 1, MOST),
  /** Milliseconds between two sweeps for passed deadlines. */
  SWEEP_INTERVAL: count(1000, 50, 60_000),
});

export type Settings = z.output<typeof SETTINGS>;

/** A setting is wrong; the message says which and why, a line each. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

/** What no setting may have inside; around it, it is taken for white space. */
const CONTROL = /\p{Cc}/u;

/**
 * Reads the settings from environment variables. An empty variable counts as unset, and white space around a
 * value, such as the carriage return of a file that was written on Windows, is no part of it.
 *
 * @throws ConfigurationError naming each wrong setting and why it is wrong.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const given = Object.entries(environment).flatMap(([name, value]) =>
    name in SETTINGS.shape && value ? [{ name, value, text: value.trim() }] : [],
  );
  const result = SETTINGS.safeParse(Object.fromEntries(given.map(({ name, text }) => [name, text])));
  // An issue of one origin has its place in the list behind the setting's name.
  const issues = result.error?.issues.map(({ path, message }) => [String(path[0]), message] as const) ?? [];
  const complaints = new Map<string, string>(issues);
  for (const { name, value, text } of given) {
    if (CONTROL.test(text)) complaints.set(name, "must not have control characters in it");
    // Others who share it may take the white space for a part of it, and tokens would not be good.
    else if (name === "JWT_SECRET" && text !== value)
      complaints.set(name, "must not begin or end with white space");
  }
  if (!result.success || complaints.size > 0) {
    const names = Object.keys(SETTINGS.shape).filter((name) => complaints.has(name));
    throw new ConfigurationError(names.map((name) => `${name}: ${complaints.get(name)}`).join("\n"));
  }
  if ((result.data.TLS_CERT === undefined) !== (result.data.TLS_KEY === undefined)) {
    throw new ConfigurationError("TLS_CERT, TLS_KEY: set both of them, or none");
  }
  if (result.data.JWT_SECRET && result.data.JWKS_URL) {
    throw new ConfigurationError("JWT_SECRET, JWKS_URL: set one of them, not both");
  }
  if (result.data.MIN_REPLICAS > 0 && result.data.REDIS_URL === undefined) {
    throw new ConfigurationError("MIN_REPLICAS: the hub's own Redis has no replicas; set REDIS_URL as well");
  }
  return result.data;
}
