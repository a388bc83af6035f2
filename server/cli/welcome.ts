/** What is said to whoever has started a hub. */
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { readSettings, type Settings } from "../config.ts";
import { folderOfPages } from "../http/page-folder.ts";

/** Parties of the sample book, each with accounts in CNY. */
const ISSUER = "lotus-trading";
const PAYER = "acme";

/** Where it listens, and what to do next. */
export function welcome(hubUrl: string, settings: Settings): string {
  const run = `${folder(settings)}${command(process.argv[1] ?? "")}`;
  const reach = reachable(hubUrl);
  const url = reach === defaultUrl({}) ? "" : ` --url ${reach}`;
  const lines = ["", `Tallystick listens at ${hubUrl}`, ""];
  if (folderOfPages() !== undefined)
    lines.push(
      "Open the terminal, or the operator's console, in a browser:",
      `  ${reach}/terminal`,
      `  ${reach}/console`,
      "",
    );
  // With somebody else's keys the tokens are somebody else's too.
  if (settings.JWKS_URL === undefined) {
    lines.push(
      `Get a token${withSettings()}:`,
      `  ${run} token --party ${ISSUER}`,
      "",
      "Open an issuer's and a payer's terminal against each other, each in a shell of its own:",
      `  ${run} terminal --party ${ISSUER}${url}`,
      `  ${run} terminal --party ${PAYER}${url}`,
      "",
      "See every flow played:",
      `  ${run} demo${url}`,
      "",
    );
  }
  lines.push("Stop it with Ctrl-C.", "");
  return lines.join("\n");
}

/** Where commands look for a hub unless they are told: on this machine, at the port that the settings name. */
export function defaultUrl(environment: Record<string, string | undefined>): string {
  const { PORT, TLS_CERT } = readSettings(environment);
  return `${TLS_CERT === undefined ? "http" : "https"}://127.0.0.1:${PORT}`;
}

/** A hub that listens on every address is reached by the machine's own. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}

/** How to call this very command again from the same folder: by its name, or as it was called. */
function command(script: string): string {
  if (existsSync("node_modules/.bin/tallystick")) return "npx tallystick";
  if (/[\\/]tallystick$/.test(script)) return "tallystick";
  return `node ${relative(process.cwd(), script) || script}`;
}

/** Put before the commands, so that they find the hub's own folder from any other. */
function folder({ DATA_DIR }: Settings): string {
  if (!process.env.DATA_DIR) return "";
  const path = resolve(DATA_DIR);
  const isPlain = /^[\w/.,:@%+-]+$/.test(path);
  return `DATA_DIR=${isPlain ? path : `'${path.replaceAll("'", "'\\''")}'`} `;
}

/** A secret is not printed. */
function withSettings(): string {
  return process.env.JWT_SECRET ? " (with the same JWT_SECRET as here)" : "";
}
