/** What the pages share: their head, and the brand with the tally that is split in two. */
import { type Html, html, type Part } from "./html.ts";

/** Nothing comes from elsewhere, and nothing that stands in the page is run. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface Frame {
  title: string;
  /** From the page to the hub's root, such as `./`. */
  root: string;
  /** Which of the pages it is. */
  here: "index" | "docs";
  body: Part;
}

const TALLY = html`<svg viewBox="0 0 28 16" aria-hidden="true"><path d="M0 1h5l2 3 2-3h6l2 3 2-3h9v6H0z"/><path d="M0 15h5l2-3 2 3h6l2-3 2 3h9V9H0z"/></svg>`;

/** A whole page. */
export function pageOf({ title, root, here, body }: Frame): string {
  const link = (to: string, name: string, isHere: boolean): Html =>
    html`<a href="${root}${to}"${isHere && html` aria-current="page"`}>${name}</a>`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${root}docs/docs.css">
<link rel="icon" href="${root}docs/tally.svg">
<script src="${root}docs/docs.js" defer></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
<a class="brand" href="${root}">${TALLY}<span>Tallystick</span></a>
<nav aria-label="Pages">${link("", "This hub", here === "index")}${link("docs", "Interfaces", here === "docs")}</nav>
<button class="bare theme" type="button" hidden>Dark or light</button>
</header>
<main id="main">${body}</main>
</body>
</html>
`;
  return page.text;
}
