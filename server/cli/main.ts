#!/usr/bin/env node
/** The command `tallystick`: arguments to actions, and errors to lines that a person can act on. */
import { Command, Option } from "commander";
import { ConfigurationError } from "../config.ts";
import { packageVersion } from "../package-version.ts";
import { OPERATOR_PARTS } from "../tokens.ts";
import { addAccountCommands } from "./accounts.ts";
import { runAudit } from "./audit.ts";
import { addBookCommands } from "./book.ts";
import { tolerateClosedOutput } from "./closed-output.ts";
import { runDemo } from "./demo.ts";
import { readSeconds } from "./duration.ts";
import { loadEnvironmentFile } from "./environment-file.ts";
import { explain } from "./explain.ts";
import { addFenceCommands } from "./fences.ts";
import { addForgetCommand } from "./forget.ts";
import { addHistoryCommands } from "./history.ts";
import { addKeyCommands } from "./keys.ts";
import { addLoadCommand } from "./load.ts";
import { parsedBy } from "./parsed-by.ts";
import { plainLines } from "./plain.ts";
import { runRestore } from "./restore.ts";
import { addSettlementCommands } from "./settlements.ts";
import { addShowCommand } from "./show.ts";
import { runTerminal } from "./terminal.ts";
import { printToken, type TokenOptions } from "./token.ts";
import { addVerifyCommand } from "./verify.ts";
import { addVoucherCommands } from "./vouchers.ts";
import { addWebhookCommands } from "./webhooks.ts";
import { defaultUrl } from "./welcome.ts";

const program = new Command("tallystick")
  .helpCommand(false)
  .description("A hub on which vouchers are issued live between an issuer and a payer.")
  .version(packageVersion())
  .showHelpAfterError()
  .addHelpText("after", "\nSettings come from the environment (PORT, REDIS_URL, DATA_DIR, …): see README.");

program
  .command("serve")
  .description("run the hub")
  .option("--sample", "load the sample account book when the book is new")
  .action(async (options: { sample?: boolean }) => {
    // No other command needs the hub, which is half of all that would be loaded.
    const { serve } = await import("./serve.ts");
    return serve({ sample: options.sample === true });
  });

program
  .command("token")
  .description("print a token, signed with the hub's own secret or JWT_SECRET")
  .requiredOption("--party <name>", "the party that the token is for")
  .option("--operator", "may do all that an operator may")
  .addOption(
    new Option("--only <part...>", "an operator's that may do these parts alone").choices(OPERATOR_PARTS),
  )
  .addOption(
    new Option("--ttl <duration>", "how long it lasts, as in 30m, 12h, 7d")
      .argParser(parsedBy(readSeconds))
      .default(12 * 3600, "12h"),
  )
  .action((options: TokenOptions) => printToken(options));

addHistoryCommands(program, addAccountCommands(program));
addVoucherCommands(program);
addSettlementCommands(program);
addShowCommand(program);
addFenceCommands(program);
addWebhookCommands(program);
addBookCommands(program);
addKeyCommands(program);
addVerifyCommand(program);
addForgetCommand(program);

program
  .command("terminal")
  .description("play issuer, payer or beneficiary against a running hub")
  .requiredOption("--party <name>", "the party to be")
  .option("--url <url>", "where the hub listens (default: this machine, at PORT)")
  .option("--token <token>", "a token; otherwise one is signed with the hub's own secret")
  .action((options: { party: string; url?: string; token?: string }) =>
    runTerminal({ ...options, url: options.url ?? defaultUrl(process.env) }),
  );

program
  .command("audit")
  .description("walk the whole book and prove that it is in balance; exit status 1 when it is not")
  .option("--json", "print the result as JSON")
  .action((options: { json?: boolean }) => runAudit({ json: options.json === true }));

program
  .command("restore")
  .description("make the book anew from its archive, in an empty store, and audit it")
  .action(() => runRestore());

program
  .command("demo")
  .description("play every flow against a running hub")
  .option("--url <url>", "where the hub listens (default: this machine, at PORT)")
  .action((options: { url?: string }) => runDemo({ url: options.url ?? defaultUrl(process.env) }));

addLoadCommand(program);

// Commander's own takes one name alone, and shows the group where a command of it was meant.
program
  .command("help [command...]")
  .description("display help for command")
  .action((names: string[]) => {
    let named = program;
    for (const name of names) {
      const next = named.commands.find((command) => command.name() === name);
      if (!next) throw new Error(`there is no command ${names.join(" ")}: tallystick help lists them`);
      named = next;
    }
    named.help();
  });

tolerateClosedOutput();
try {
  loadEnvironmentFile();
  await program.parseAsync();
} catch (failure) {
  const error = explain(failure, process.env);
  const text = error instanceof Error ? error.message : String(error);
  const prefix = error instanceof ConfigurationError ? "A setting is wrong. " : "";
  // It may repeat what a file, a hub or a store has said.
  console.error(`tallystick: ${prefix}${plainLines(text)}`);
  process.exitCode = 1;
}
