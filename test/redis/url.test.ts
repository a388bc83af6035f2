import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseRedisUrl, type RedisAddress } from "../../server/redis/url.ts";

const urls = suite("REDIS_URL");

const GOOD: [string, RedisAddress][] = [
  ["unix:/run/redis.sock", { kind: "socket", path: "/run/redis.sock" }],
  ["unix:/run/a b/redis.sock", { kind: "socket", path: "/run/a b/redis.sock" }],
  ["redis://book", { kind: "single", tls: false, host: "book", port: 6379, db: 0 }],
  ["redis://book/", { kind: "single", tls: false, host: "book", port: 6379, db: 0 }],
  ["redis://127.0.0.1:7000/3", { kind: "single", tls: false, host: "127.0.0.1", port: 7000, db: 3 }],
  ["redis://[::1]:7000", { kind: "single", tls: false, host: "::1", port: 7000, db: 0 }],
  [
    "rediss://hub:p%40ss%2Fw%3Ard@book.example:6380/1",
    {
      kind: "single",
      tls: true,
      host: "book.example",
      port: 6380,
      db: 1,
      username: "hub",
      password: "p@ss/w:rd",
    },
  ],
  [
    "redis://:secret@book",
    { kind: "single", tls: false, host: "book", port: 6379, db: 0, password: "secret" },
  ],
  ["redis://hub@book", { kind: "single", tls: false, host: "book", port: 6379, db: 0, username: "hub" }],
  ["redis+cluster://a:7001", { kind: "cluster", tls: false, nodes: [{ host: "a", port: 7001 }] }],
  [
    "rediss+cluster://hub:pw@a:7001,b,[fe80::1]:7003",
    {
      kind: "cluster",
      tls: true,
      nodes: [
        { host: "a", port: 7001 },
        { host: "b", port: 6379 },
        { host: "fe80::1", port: 7003 },
      ],
      username: "hub",
      password: "pw",
    },
  ],
  [
    "redis+sentinel://:pw@a:26380,b/book",
    {
      kind: "sentinel",
      tls: false,
      nodes: [
        { host: "a", port: 26380 },
        { host: "b", port: 26379 },
      ],
      master: "book",
      password: "pw",
    },
  ],
  [
    "redis+sentinel://hub:pw@a/book?sentinelUsername=watch&sentinelPassword=p%40ss%26=+w",
    {
      kind: "sentinel",
      tls: false,
      nodes: [{ host: "a", port: 26379 }],
      master: "book",
      username: "hub",
      password: "pw",
      sentinelUsername: "watch",
      sentinelPassword: "p@ss&=+w",
    },
  ],
];

for (const [url, address] of GOOD) {
  urls(`is understood as ${url}`, () => assert.equal(parseRedisUrl(url), address));
}

const BAD: [string, RegExp][] = [
  ["", /not the URL of a Redis: use redis:/],
  ["book:6379", /not the URL/],
  ["http://book", /not the URL/],
  ["redis:/book", /not the URL/],
  ["redis+other://book", /not the URL/],
  ["Redis://book", /not the URL/],
  ["unix:redis.sock", /must be absolute/],
  ["unix:", /must be absolute/],
  ["redis://", /host 1 is not written as host:port/],
  ["redis://book:", /host 1 is not written/],
  ["redis://book:none", /host 1 is not written/],
  ["redis://a b", /host 1 is not written/],
  ["redis://::1:6379", /host 1 is not written/],
  ["redis://book:0", /port that is not from 1 to 65535/],
  ["redis://book:65536", /port that is not from 1 to 65535/],
  ["redis://book:6379999999999999999999", /port that is not from 1 to 65535/],
  ["redis://book/first", /must be a database number/],
  ["redis://book/1/2", /must be a database number/],
  ["redis://book/-1", /must be a database number/],
  ["redis://book?db=1", /host 1 is not written/],
  ["redis://a,b", /more than one host: use redis\+cluster/],
  ["redis://hub:50%@book", /% that encodes nothing/],
  ["redis+cluster://a,,b", /host 2 is not written/],
  ["redis+cluster://a,b/0", /a cluster has no database number/],
  ["redis+sentinel://a,b", /name of the master is needed/],
  ["redis+sentinel://a/two words", /name of the master is needed/],
  ["redis+sentinel://a/?sentinelPassword=pw", /name of the master is needed/],
  ["redis+sentinel://a/book?password=pw", /can be sentinelUsername=… and sentinelPassword=…/],
  ["redis+sentinel://a/book?sentinelPassword=50%", /% that encodes nothing/],
  ["redis://book/1?sentinelPassword=pw", /must be a database number/],
];

for (const [url, reason] of BAD) {
  urls(`is refused as "${url}"`, () => assert.throws(() => parseRedisUrl(url), reason));
}

for (const url of [
  "redis://hub:hunter2@x@book",
  "redis://hub:hun/ter2@book",
  "redis://:hunter2",
  "redis://hub:hunter2@book:99999",
  "redis://hub:hunter2%@book",
  "redis+cluster://hub:hunter2@a,b/3",
  "rediss://hub:hunter2@book/hunter2",
  "redis+sentinel://a/book?sentinelPassword=hun@ter2",
  "redis+sentinel://a/book?hunter2",
]) {
  urls(`never shows the password of ${url.replace(/hun\/?ter2/g, "…")} in its refusal`, () => {
    assert.throws(
      () => parseRedisUrl(url),
      (error: Error) => !/hun|ter2/.test(error.message),
    );
  });
}

urls.run();
