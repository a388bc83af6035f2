import { InvalidArgumentError } from "commander";

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
