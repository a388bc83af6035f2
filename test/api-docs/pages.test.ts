/** The pages for people: they load nothing from elsewhere, run nothing that stands in them, and can be read and searched. */
import { chromium } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Html, html, prose } from "../../server/api-docs/html.ts";
import { indexPage } from "../../server/api-docs/index-page.ts";
import { CHROMIUM_FLAGS, findChromium } from "../helpers/chromium.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { call } from "../http/client.ts";

const pages = suite("the pages");
const executablePath = findChromium({ log: (line) => console.log(line) });
let hub: TestHub;
pages.before(async () => {
  hub = await startHub();
});
pages.after(() => hub.close());

const PAGES = ["/", "/docs"];

async function pageAt(path: string): Promise<{ text: string; policy: string }> {
  const { status, text, headers } = await call(hub, "GET", path);
  assert.is(status, 200);
  assert.match(headers.get("content-type") ?? "", /^text\/html; charset=utf-8$/);
  return { text, policy: headers.get("content-security-policy") ?? "" };
}

pages("have a strict policy, nothing inline, and links that stay on the hub", async () => {
  for (const path of PAGES) {
    const { text, policy } = await pageAt(path);
    assert.match(policy, /^default-src 'none'; /);
    assert.not.match(policy, /unsafe|data:|https?:|\*/);
    assert.not.match(text, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/i);
    const links = [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link as string);
    assert.ok(links.length > 5);
    assert.equal(
      links.filter((link) => !/^(#|\.\.?\/)/.test(link)),
      [],
    );
  }
});

pages("lead only to what is there", async () => {
  for (const path of PAGES) {
    const { text } = await pageAt(path);
    const ids = new Set([...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
    const links = new Set([...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link as string));
    for (const link of links) {
      if (link.startsWith("#")) assert.ok(ids.has(link.slice(1)), `${path} has no ${link}`);
      else assert.is((await call(hub, "GET", new URL(link, hub.url).pathname)).status, 200, link);
    }
  }
});

pages("lead people to the terminal, the console and the interfaces", () => {
  const ways = [...indexPage("./", true).matchAll(/<a class="way" href="([^"]*)"/g)].map(([, link]) => link);
  assert.equal(ways, ["./terminal/", "./console/", "./docs"]);
});

pages("say of each value what it may be, in numbers that are numbers", async () => {
  assert.not.match((await pageAt("/docs")).text, /NaN|undefined|null to/);
});

pages("have each route, each message and each schema once, and their links from below a path", async () => {
  const { text } = await pageAt("/docs");
  const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  assert.is(new Set(ids).size, ids.length);
  for (const name of ["payer:request", "voucher:event", "AccountPut", "/v1/<wbr>settlements"])
    assert.ok(text.includes(name), name);
  assert.match((await pageAt("/docs/")).text, /href="\.\.\/docs\/docs\.css"/);
});

pages("show what is put into them as text", () => {
  assert.is(
    html`<p title="${'"><script>'}">${"<b>&'"}</p>`.text,
    '<p title="&#34;&#62;&#60;script&#62;">&#60;b&#62;&#38;&#39;</p>',
  );
  assert.is(html`${[html`<i>`, "<", false, undefined, 1]}`.text, "<i>&#60;1");
  assert.is(prose("a `<b>` c").text, "a <code>&#60;b&#62;</code> c");
  assert.instance(html``, Html);
});

const inBrowser = executablePath ? pages : pages.skip;

inBrowser(
  "are found whole at each width, searched, and turned dark, without a word in the console",
  async () => {
    const browser = await chromium.launch({
      executablePath: executablePath as string,
      headless: true,
      args: CHROMIUM_FLAGS,
    });
    const said: string[] = [];
    try {
      for (const width of [390, 800, 1440]) {
        const page = await browser.newPage({ viewport: { width, height: 900 } });
        page.on("console", (message) => said.push(message.text()));
        page.on("pageerror", (error) => said.push(String(error)));
        page.on("request", (request) => {
          if (!request.url().startsWith(hub.url)) said.push(`it loads ${request.url()}`);
        });
        for (const path of PAGES) {
          await page.goto(`${hub.url}${path}`);
          const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.is(beyond, 0, `${path} is too wide for ${width} px`);
        }
        await page.keyboard.press("/");
        await page.keyboard.type("If-Match repay");
        await page.locator(".found", { hasText: /^1 of \d+$/ }).waitFor();
        const shown = page.locator(".entry:not([hidden]) h3");
        assert.match((await shown.allTextContents()).join(), /^POST .*\/repay$/);
        await page.locator(".entry:not([hidden]) a", { hasText: /^AccountRepay$/ }).click();
        await page.locator("#schema-AccountRepay").waitFor({ state: "visible" });
        assert.is(await page.inputValue("input[type=search]"), "");
        const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await ground();
        await page.click(".theme");
        assert.is.not(await ground(), light);
        await page.close();
      }
    } finally {
      await browser.close();
    }
    assert.equal(said, []);
  },
);

pages.run();
