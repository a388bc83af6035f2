/** Settings in a file: `.env` where the command is run, whose lines count where the environment does not say. */
import { ConfigurationError } from "../config.ts";

const FILE = ".env";

/**
 * Puts the lines of `.env` into the environment, when there is such a file.
 *
 * @throws ConfigurationError when it is there and can't be read.
 */
export function loadEnvironmentFile(): void {
  try {
    process.loadEnvFile(FILE);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new ConfigurationError(`${FILE}: it can't be read (${code ?? message})`);
  }
}
