import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** Whether a server has ever written into a data folder; makes nothing. */
export function holdsData(dataDir: string): boolean {
  try {
    return readdirSync(join(resolve(dataDir), "appendonlydir")).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}
