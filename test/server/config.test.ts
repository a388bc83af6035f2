import { generateKeyPairSync } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ConfigurationError, readSettings, SETTINGS } from "../../server/config.ts";

const config = suite("settings");

/** The lines of the error that an environment is refused with. */
function complaints(environment: Record<string, string>): string[] {
  try {
    readSettings(environment);
  } catch (error) {
    assert.instance(error, ConfigurationError);
    return (error as Error).message.split("\n");
  }
  return [];
}

const SECRET = "x".repeat(32);

config("have defaults, so that a hub starts without any", () => {
  assert.equal(readSettings({}), {
    PORT: 3000,
    HOST: "127.0.0.1",
    DATA_DIR: ".tallystick",
    PARTITIONS: 256,
    WORKERS: 1,
    LOG_LEVEL: "info",
    RESPOND_WITHIN: 300,
    WAIT_WITHIN: 900,
    RETENTION: 7 * 24 * 3600,
    RETIRE_AFTER: 3600,
    REMEMBER: 24 * 3600,
    RATE_LIMIT: 200,
    PARTY_RATE: 2000,
    PARTY_CONNECTIONS: 1000,
    TRUST_PROXY: 0,
    METRICS_HOST: "127.0.0.1",
    DRAIN: 0,
    JWT_MAX_LIFE: 30 * 24 * 3600,
    MAX_VALID_FOR: 31536000,
    SETTLE: "book",
    WEBHOOK_ALLOW_PRIVATE: "no",
    FENCES_PER_PARTY: 20,
    OPEN_PER_PAIR: 100,
    OPEN_PER_ISSUER: 10_000,
    UNTOUCHED_PER_PAIR: 100,
    PROBES_PER_PAIR: 10,
    SWEEP_INTERVAL: 1000,
    MIN_REPLICAS: 0,
  });
});

config("are taken from the environment, and what is no setting is left alone", () => {
  const settings = readSettings({
    PORT: "0",
    HOST: "::1",
    REDIS_URL: "redis://10.0.0.1:6380/2",
    DATA_DIR: "/var/lib/tallystick",
    JWT_SECRET: SECRET,
    CORS_ORIGINS: "https://pay.example.com, http://localhost:5173",
    LOG_LEVEL: "trace",
    PATH: "/usr/bin",
  });
  assert.equal(
    [settings.PORT, settings.HOST, settings.REDIS_URL, settings.DATA_DIR, settings.JWT_SECRET],
    [0, "::1", "redis://10.0.0.1:6380/2", "/var/lib/tallystick", SECRET],
  );
  assert.equal(settings.CORS_ORIGINS, ["https://pay.example.com", "http://localhost:5173"]);
  assert.not("PATH" in settings);
});

config("that are empty count as unset", () => {
  const empty = Object.fromEntries(Object.keys(SETTINGS.shape).map((name) => [name, ""]));
  assert.equal(readSettings(empty), readSettings({}));
});

/** The bounds of each number. */
const COUNTS: Record<string, [number, number]> = {
  PORT: [0, 65_535],
  PARTITIONS: [1, 16_384],
  WORKERS: [1, 64],
  RESPOND_WITHIN: [1, 2_592_000],
  WAIT_WITHIN: [1, 2_592_000],
  RETENTION: [60, 315_360_000],
  RETIRE_AFTER: [1, 315_360_000],
  REMEMBER: [1, 315_360_000],
  RATE_LIMIT: [1, 10_000_000],
  PARTY_RATE: [1, 10_000_000],
  PARTY_CONNECTIONS: [1, 10_000_000],
  ADDRESS_CONNECTIONS: [1, 10_000_000],
  TRUST_PROXY: [0, 10],
  METRICS_PORT: [0, 65_535],
  DRAIN: [0, 3600],
  JWT_MAX_LIFE: [1, 10_000_000],
  MAX_VALID_FOR: [1, 3_162_240_000],
  FENCES_PER_PARTY: [1, 10_000_000],
  OPEN_PER_PAIR: [1, 10_000_000],
  OPEN_PER_ISSUER: [1, 10_000_000],
  UNTOUCHED_PER_PAIR: [1, 10_000_000],
  PROBES_PER_PAIR: [1, 10_000_000],
  SWEEP_INTERVAL: [50, 60_000],
  MIN_REPLICAS: [0, 16],
};
/** What a setting needs besides. */
const WITH: Record<string, Record<string, string>> = {
  MIN_REPLICAS: { REDIS_URL: "redis://127.0.0.1" },
  TLS_CERT: { TLS_KEY: "/etc/ssl/tallystick.key" },
  TLS_KEY: { TLS_CERT: "/etc/ssl/tallystick.pem" },
};

for (const [name, [min, max]] of Object.entries(COUNTS)) {
  config(`${name} is a whole number from ${min} to ${max}, both allowed`, () => {
    for (const value of [min, max]) {
      const settings: Record<string, unknown> = readSettings({ ...WITH[name], [name]: String(value) });
      assert.is(settings[name], value);
    }
    const line = `${name}: must be a whole number from ${min} to ${max}`;
    for (const value of [min - 1, max + 1]) assert.equal(complaints({ [name]: String(value) }), [line]);
    for (const value of [
      "many",
      "1.5",
      "1e2",
      "0x10",
      "-1",
      " ",
      "1 0",
      "1,000",
      "NaN",
      "Infinity",
      "9".repeat(30),
    ]) {
      assert.equal(complaints({ [name]: value }), [line], value);
    }
  });
}

config("name each number that they have, so that the test of bounds misses none", () => {
  const numbers = Object.entries(readSettings({})).filter(([, value]) => typeof value === "number");
  const unset = ["ADDRESS_CONNECTIONS", "METRICS_PORT"];
  assert.equal([...numbers.map(([name]) => name), ...unset].toSorted(), Object.keys(COUNTS).toSorted());
});

/** A good value of each setting that is no number. */
const GOOD: Record<string, string> = {
  HOST: "127.0.0.1",
  REDIS_URL: "redis://127.0.0.1",
  ARCHIVE_URL: "file:/var/lib/tallystick/archive.db",
  DATA_DIR: "/var/lib/tallystick",
  TLS_CERT: "/etc/ssl/tallystick.pem",
  TLS_KEY: "/etc/ssl/tallystick.key",
  JWT_SECRET: SECRET,
  JWKS_URL: "https://keys.example.com/",
  JWT_AUDIENCE: "tallystick",
  METRICS_TOKEN: "a token of Prometheus's",
  METRICS_HOST: "127.0.0.1",
  JWT_ISSUER: "https://id.example.com",
  CORS_ORIGINS: "https://pay.example.com",
  LOG_LEVEL: "warn",
  SETTLE: "external",
  WEBHOOK_ALLOW_PRIVATE: "yes",
  SIGNING_KEY: "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
};

for (const name of Object.keys(SETTINGS.shape)) {
  const good = GOOD[name] ?? String(COUNTS[name]?.[1]);
  const read = (value: string): unknown => {
    const settings: Record<string, unknown> = readSettings({ ...WITH[name], [name]: value });
    return settings[name];
  };

  config(`${name} may have white space around it, which is no part of it, or is refused with it`, () => {
    assert.ok(read(good) !== undefined, "the test has a good value of it");
    for (const value of [
      `${good}\r`,
      `${good}\n`,
      `${good}\r\n`,
      ` ${good}`,
      `${good}\t `,
      `\ufeff${good}`,
    ]) {
      if (name === "JWT_SECRET")
        assert.equal(complaints({ [name]: value }), [`${name}: must not begin or end with white space`]);
      else assert.equal(read(value), read(good), JSON.stringify(value));
    }
  });

  config(`${name} may not be blank, nor have a control character inside`, () => {
    for (const value of [" ", "\r", "\r\n"]) {
      const lines = complaints({ ...WITH[name], [name]: value });
      assert.is(lines.length, 1, JSON.stringify(value));
      assert.ok(lines[0]?.startsWith(`${name}: `), lines[0]);
    }
    for (const control of ["\r", "\u0000", "\u001b", "\u007f", "\u0085"]) {
      const value = `${good.slice(0, 1)}${control}${good.slice(1)}`;
      assert.equal(complaints({ ...WITH[name], [name]: value }), [
        `${name}: must not have control characters in it`,
      ]);
    }
  });
}

/** Values of the other settings that are wrong, and what the line says. */
const WRONG: [string, string, RegExp][] = [
  ["JWT_SECRET", "x".repeat(31), /32 bytes/],
  ["JWKS_URL", "keys.json", /URL/],
  ["JWKS_URL", "ftp://keys.example.com/", /URL/],
  ["JWKS_URL", "file:///etc/keys", /URL/],
  ["REDIS_URL", "localhost:6379", /redis:\/\/host:port/],
  ["REDIS_URL", "http://localhost:6379", /redis:\/\/host:port/],
  ["REDIS_URL", "redis://a:6379,b:6379", /redis\+cluster/],
  ["REDIS_URL", "redis+sentinel://a:26379", /master/],
  ["REDIS_URL", "redis://host:70000", /port/],
  ["LOG_LEVEL", "loud", /info/],
  ["LOG_LEVEL", "INFO", /info/],
  ["CORS_ORIGINS", "pay.example.com", /https:\/\/pay\.example\.com/],
  ["CORS_ORIGINS", "https://pay.example.com/", /origins/],
  ["CORS_ORIGINS", "https://pay.example.com/app", /origins/],
  ["CORS_ORIGINS", "https://PAY.example.com", /origins/],
  ["CORS_ORIGINS", "https://pay.example.com:443", /origins/],
  ["CORS_ORIGINS", "https://a.example,,https://b.example", /origins/],
  ["CORS_ORIGINS", "https://*.example.com/*", /origins/],
];

for (const [name, value, says] of WRONG) {
  config(`${name}=${value} is refused with a line that names it and says why`, () => {
    const lines = complaints({ [name]: value });
    assert.is(lines.length, 1);
    assert.ok(lines[0]?.startsWith(`${name}: `), lines[0]);
    assert.match(lines[0] ?? "", says);
  });
}

config("take every form of REDIS_URL", () => {
  for (const url of [
    "redis://127.0.0.1",
    "rediss://user:p%40ss@redis.example.com:6380/1",
    "redis+cluster://a:7000,b:7001,c:7002",
    "redis+sentinel://a:26379,b:26379/book",
  ]) {
    assert.is(readSettings({ REDIS_URL: url }).REDIS_URL, url);
  }
});

config("take the origins of pages and of apps, and * for all", () => {
  for (const origin of ["https://pay.example.com", "http://localhost:5173", "capacitor://localhost", "*"]) {
    assert.equal(readSettings({ CORS_ORIGINS: origin }).CORS_ORIGINS, [origin]);
  }
});

config("count a secret in bytes, not in characters", () => {
  const secret = "秘".repeat(11);
  assert.is(readSettings({ JWT_SECRET: secret }).JWT_SECRET, secret);
});

config("have a certificate and its key, or neither", () => {
  for (const name of ["TLS_CERT", "TLS_KEY"])
    assert.equal(complaints({ [name]: "/etc/ssl/tallystick.pem" }), [
      "TLS_CERT, TLS_KEY: set both of them, or none",
    ]);
});

config("can't have keys from two places", () => {
  assert.equal(complaints({ JWT_SECRET: SECRET, JWKS_URL: "https://keys.example.com/" }), [
    "JWT_SECRET, JWKS_URL: set one of them, not both",
  ]);
});

config("can't wait for replicas that the hub's own Redis does not have", () => {
  assert.equal(complaints({ MIN_REPLICAS: "1" }), [
    "MIN_REPLICAS: the hub's own Redis has no replicas; set REDIS_URL as well",
  ]);
});

config("that are wrong are all told at once, a line each", () => {
  const lines = complaints({ PORT: "x", PARTITIONS: "0", LOG_LEVEL: "loud", CORS_ORIGINS: "a,b" });
  assert.equal(
    lines.map((line) => line.split(":")[0]),
    ["PORT", "CORS_ORIGINS", "PARTITIONS", "LOG_LEVEL"],
  );
});

config("SIGNING_KEY is an Ed25519 private key in the one form that is told, and no other", () => {
  const pem = { format: "pem", type: "pkcs8" } as const;
  const der = { format: "der", type: "pkcs8" } as const;
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const good = privateKey.export(der).toString("base64");
  assert.is(readSettings({ SIGNING_KEY: good }).SIGNING_KEY, good);
  const { d = "" } = privateKey.export({ format: "jwk" });
  const wrong = [
    d,
    JSON.stringify(privateKey.export({ format: "jwk" })),
    good.slice(0, -8),
    `${good.slice(0, 20)}*${good.slice(21)}`,
    Buffer.from(good, "base64").toString("hex"),
    Buffer.from(privateKey.export(pem)).toString("base64"),
    String(privateKey.export(pem)).replaceAll("\n", ""),
    publicKey.export({ format: "der", type: "spki" }).toString("base64"),
    "/run/secrets/signing-key.pem",
    ...(["x25519", "ed448"] as const).map((type) =>
      generateKeyPairSync(type as "x25519")
        .privateKey.export(der)
        .toString("base64"),
    ),
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(der).toString("base64"),
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(der).toString("base64"),
  ];
  for (const value of wrong) {
    const lines = complaints({ SIGNING_KEY: value });
    assert.is(lines.length, 1, value);
    assert.match(
      lines[0] ?? "",
      /^SIGNING_KEY: must be an Ed25519 private key, PKCS8 in DER as base64 on one line/,
    );
    assert.not.ok(lines[0]?.includes(value), "the key is not repeated");
  }
});

config("never repeat a secret or a password in what they say", () => {
  const said = complaints({ JWT_SECRET: "hush-hush", REDIS_URL: "redis://me:hush-hush@host:0" }).join("\n");
  assert.match(said, "JWT_SECRET");
  assert.match(said, "REDIS_URL");
  assert.not.match(said, "hush");
});

config.run();
