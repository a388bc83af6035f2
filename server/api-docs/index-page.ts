/** `/`: what answers here, and where to go on. */
import { pageOf } from "./frame.ts";
import { html } from "./html.ts";

const TERMINAL = [
  "terminal/",
  "The terminal",
  "Ask for vouchers, pay, draw: live, in English and Chinese.",
] as const;
const CONSOLE = [
  "console/",
  "The console",
  "For operators: what waits for a decision, accounts, webhooks and the audit.",
] as const;
const DOCS = ["docs", "The interfaces", "Every route, every message and what they are made of."] as const;

const FOR_PROGRAMS = [
  ["openapi.json", "HTTP, as OpenAPI 3.1"],
  ["asyncapi.json", "Terminals' messages, as AsyncAPI 3"],
  [".well-known/jwks.json", "The keys that verify the documents of vouchers"],
  ["healthz", "The hub is alive"],
  ["readyz", "The store serves the book"],
  ["metrics", "Metrics for Prometheus"],
] as const;

/**
 * @param root from the page to the hub's root.
 * @param hasPages the hub has the terminal and the console to show.
 */
export function indexPage(root: string, hasPages: boolean): string {
  const ways = hasPages ? [TERMINAL, CONSOLE, DOCS] : [DOCS];
  const body = html`<div class="text alone">
<h1>A Tallystick hub</h1>
<p class="lead">Vouchers are issued here, live, between an issuer and a payer. Programs connect with the client SDK, over Socket.IO.</p>
<ul class="ways">${ways.map(
    ([to, name, what]) => html`<li><a class="way" href="${root}${to}">${name}</a><p>${what}</p></li>`,
  )}</ul>
<h2>For programs</h2>
<dl class="pair">${FOR_PROGRAMS.map(
    ([to, what]) => html`<dt><a class="path" href="${root}${to}">/${to}</a></dt><dd>${what}</dd>`,
  )}</dl>
</div>`;
  return pageOf({ title: "Tallystick", root, here: "index", body });
}
