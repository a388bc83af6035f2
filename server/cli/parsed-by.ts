import { Party } from "@tallystick/protocol";
import { InvalidArgumentError, Option } from "commander";
import type { z } from "zod";

/** Makes a reader one of commander's, which shows the message of what it throws beside the option. */
export function parsedBy<T>(read: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** A reader of commander's that takes what a schema of the protocol takes. */
export function readAs<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const { data, error } = schema.safeParse(text);
    if (error) throw new InvalidArgumentError(error.issues[0]?.message ?? "");
    return data;
  };
}

/** The option that names a party. */
export function partyOption(description: string): Option {
  return new Option("--party <party>", description).argParser(readAs(Party));
}
