/** How the pages are served: nothing from elsewhere, nothing inline, small, and kept by browsers for as long as they are true. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { haveBuilt } from "../helpers/built.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { call, refusedWith } from "./client.ts";

const pages = suite("the pages");
/** All that a first look at a page loads, compressed. */
const LARGEST_BYTES = 120 * 1024;

let hub: TestHub;
let html: string;
pages.before(async () => {
  await haveBuilt();
  hub = await startHub();
  html = (await call(hub, "GET", "/terminal/")).text;
});
pages.after(() => hub.close());

/** What the page names to be loaded, as paths of the hub. */
function filesOf(page: string): string[] {
  const names = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name as string);
  return names.map((name) => new URL(name, `${hub.url}/terminal/`).pathname);
}

pages("let nothing run but what is in the hub's own files, and load nothing from elsewhere", async () => {
  const { headers } = await call(hub, "GET", "/terminal/");
  const policy = headers.get("content-security-policy") ?? "";
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
    assert.match(policy, rule);
  assert.not.match(policy, /unsafe|https?:|\*/);
  assert.not.match(html, /<script(?![^>]* src=)|<style|style="| on\w+="|https?:\/\//);
  assert.is(headers.get("x-content-type-options"), "nosniff");
  assert.is(headers.get("cache-control"), "no-cache");
});

pages("load less than 120 KiB, compressed, the first time", async () => {
  for (const page of ["terminal", "console"]) await weigh(page);
});

/** What a script begins by importing is loaded with it. */
async function weigh(page: string): Promise<void> {
  const text = (await call(hub, "GET", `/${page}/`)).text;
  const files = new Set(filesOf(text));
  assert.ok(files.size >= 2);
  let bytes = Buffer.byteLength(text);
  for (const file of files) {
    const answer = await fetch(`${hub.url}${file}`, { headers: { "accept-encoding": "gzip" } });
    assert.is(answer.status, 200, file);
    assert.is(answer.headers.get("content-encoding"), "gzip");
    assert.match(answer.headers.get("cache-control") ?? "", /max-age=31536000, immutable/);
    bytes += Number(answer.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
    if (!file.endsWith(".js")) continue;
    for (const [, name] of (await answer.text()).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
      files.add(`/assets/${name}`);
  }
  console.log(`the ${page} loads ${bytes} bytes`);
  assert.ok(bytes < LARGEST_BYTES, `${page}: ${bytes} bytes`);
}

pages("are the same compressed and plain, and have no body for HEAD", async () => {
  const [file = ""] = filesOf(html).filter((name) => name.endsWith(".js"));
  const plain = await fetch(`${hub.url}${file}`, { headers: { "accept-encoding": "identity" } });
  const zipped = await fetch(`${hub.url}${file}`, { headers: { "accept-encoding": "gzip" } });
  assert.is(plain.headers.get("content-encoding"), null);
  assert.is(await plain.text(), await zipped.text());
  assert.is(plain.headers.get("vary"), "Accept-Encoding");
  const head = await fetch(`${hub.url}${file}`, { method: "HEAD" });
  assert.equal([head.status, await head.text()], [200, ""]);
});

pages("are found without the slash at the end, also behind a path that a proxy takes away", async () => {
  const { status, headers } = await fetch(`${hub.url}/terminal?x=1`, { redirect: "manual" });
  assert.equal([status, headers.get("location")], [308, "terminal/"]);
});

pages("say by which way a person signs in", async () => {
  assert.match(html, 'data-sign-in="token"');
  const local = await startHub({ settings: { JWT_SECRET: "" }, sampleParties: [] });
  assert.match((await call(local, "GET", "/terminal/")).text, 'data-sign-in="local"');
  await local.close();
});

pages("have no file by another name, and take nothing", async () => {
  for (const path of ["/assets/none.js", "/assets/..%2f..%2fpackage.json", "/assets/"])
    refusedWith(await call(hub, "GET", path), 404, "not_found");
  refusedWith(await call(hub, "POST", "/terminal", { body: {} }), 405, "invalid_request");
});

pages.run();
