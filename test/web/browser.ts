/** A hub with the sample book and its pages, and people in a real browser, each in a context of their own. */
import { type Browser, type BrowserContext, type ConsoleMessage, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";
import { sampleParties, samplePath } from "../../server/cli/sample.ts";
import { importAccounts } from "../../server/import/import-accounts.ts";
import { haveBuilt } from "../helpers/built.ts";
import { CHROMIUM_FLAGS, findChromium } from "../helpers/chromium.ts";
import { startHub, type TestHub, type TestHubOptions } from "../helpers/hub.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";

await haveBuilt();

export interface Person {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a browser complains of: errors on its console, what threw, and what the page's policy forbade. */
  complaints(): string[];
  /** The browser says on its console what the hub refuses, at once or in a while: until now and from now on that is no fault. */
  forgive(): void;
}

export interface PersonOptions {
  /** Signs in as this party of the sample book. */
  party?: string;
  language?: "en" | "zh";
  size?: { width: number; height: number };
  dark?: boolean;
  reducedMotion?: boolean;
  /** Is the operator of the hub, at the console. */
  console?: boolean;
}

export interface Pages {
  readonly hub: TestHub;
  /** Between the browser and the hub. */
  readonly line: TcpProxy;
  readonly url: string;
  /** Cuts the line, so that nobody can reach the hub, until it is mended. */
  cut(): void;
  mend(): void;
  person(options?: PersonOptions): Promise<Person>;
  /** Lets the people go; none may have had anything to complain of. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Undefined, after a line that says why, where no browser can be had. */
export const executablePath = findChromium({ log: (line) => console.log(line) });

/** Starts hub and browser. Whoever starts them closes them. */
export async function startPages(options: TestHubOptions = {}): Promise<Pages> {
  const hub = await startHub({
    ...options,
    settings: { JWT_SECRET: "", ...options.settings },
    sampleParties: sampleParties(),
  });
  await importAccounts(hub.running.accounts, samplePath(), {});
  let isCut = false;
  const line = await startProxy(() => (isCut ? undefined : { host: "127.0.0.1", port: hub.port }));
  const browser = await launch();
  const people: Person[] = [];
  const url = `http://127.0.0.1:${line.port}/terminal/`;
  return {
    hub,
    line,
    url,
    cut: () => {
      isCut = true;
      line.cut();
    },
    mend: () => {
      isCut = false;
    },
    person: async (given = {}) => {
      const person = await openPage(browser, url, given);
      people.push(person);
      return person;
    },
    leave: async () => {
      const left = people.splice(0);
      await Promise.all(left.map(({ context }) => context.close()));
      assert.equal(
        left.flatMap(({ complaints }) => complaints()),
        [],
      );
    },
    close: async () => {
      await browser.close();
      await line.close();
      await hub.close();
    },
  };
}

function launch(): Promise<Browser> {
  if (!executablePath) throw new Error("there is no browser");
  return chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
}

async function openPage(browser: Browser, url: string, options: PersonOptions): Promise<Person> {
  const { language = "en", size = { width: 1440, height: 900 }, dark = false, party } = options;
  const context = await browser.newContext({
    viewport: size,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    colorScheme: dark ? "dark" : "light",
    timezoneId: "Asia/Shanghai",
    reducedMotion: options.reducedMotion === false ? "no-preference" : "reduce",
  });
  // A busy machine's browser takes some seconds now and then.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const heard = listen(page);
  await page.goto(options.console ? new URL("../console/", url).href : url);
  if (options.console) {
    await page.locator(".sign-in .local button").click();
    await page.locator("main.console").waitFor();
  }
  if (party) await page.locator(".parties button", { hasText: party }).first().click();
  if (party) await page.locator("main.desk").waitFor();
  return { page, context, ...heard };
}

/** A line that is cut makes the browser say so: that is no fault of the page. */
const OF_THE_LINE = /WebSocket connection to|ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)|net::ERR/;

function listen(page: Page): Pick<Person, "complaints" | "forgive"> {
  const said: string[] = [];
  const thrown: string[] = [];
  const hear = (message: ConsoleMessage) => {
    const text = message.text();
    // A voucher may end between the page's asking for its document and the hub's answer; the page learns of it then.
    const isOfEnd = message.location().url.endsWith("/document") && text.includes("409");
    // An account that was just made is not in the archive yet; the page asks again.
    const isEarly = message.location().url.includes("/entries") && text.includes("404");
    const isFault =
      ["error", "warning"].includes(message.type()) && !isOfEnd && !isEarly && !OF_THE_LINE.test(text);
    if (isFault) said.push(text);
  };
  page.on("console", hear);
  page.on("pageerror", (error) => thrown.push(error.stack ?? String(error)));
  const forgive = () => {
    page.off("console", hear);
    said.length = 0;
  };
  return { complaints: () => [...said, ...thrown], forgive };
}
