/** Errors of the system as sentences that name the setting or the file that they are about. */
import { resolve } from "node:path";
import { ConfigurationError } from "../config.ts";

/** What the system says, in words; other codes keep the system's own. */
const REASONS: { readonly [code: string]: string } = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOTDIR: "a file is where a folder should be",
  EEXIST: "a file is where a folder should be",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file or folder",
  ENOSPC: "no space is left on the disk",
  EDQUOT: "no space is left for this user",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "this process may open no more files",
};

interface Environment {
  readonly [name: string]: string | undefined;
}

/** The error as a person should read it; one that needs no explanation as it is. */
export function explain(error: unknown, environment: Environment): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path, address, syscall } = error as NodeJS.ErrnoException & { address?: string };
  if (code === undefined || syscall === undefined) return error;
  const setting = (name: string, text: string) =>
    new ConfigurationError(`${name}: ${text}`, { cause: error });
  // A socket in a folder is listened on by its path, which stands where the address of a port would.
  const file = path ?? (address?.startsWith("/") ? address : undefined);
  if (file === undefined) return explainAddress(error, setting, environment);
  const reason = REASONS[code];
  if (reason === undefined) return error;
  const dataDir = resolve(environment.DATA_DIR?.trim() || ".tallystick");
  // What can't be made may be a folder above it.
  if (isWithin(resolve(file), dataDir) || (syscall === "mkdir" && isWithin(dataDir, resolve(file))))
    return setting("DATA_DIR", `can't use ${file}: ${reason}`);
  return new Error(`can't open ${file}: ${reason}`, { cause: error });
}

/** Why the hub can't listen where it should. */
function explainAddress(
  error: NodeJS.ErrnoException & { hostname?: string },
  setting: (name: string, text: string) => Error,
  { PORT: port = "3000", HOST: host = "127.0.0.1" }: Environment,
): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new Error(`port ${port} is taken: stop what listens there, or set PORT to another`);
    case "EACCES":
      return error.syscall === "listen" ? setting("PORT", `this user may not listen on port ${port}`) : error;
    case "EADDRNOTAVAIL":
      return setting("HOST", `${host} is no address of this machine`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return error.hostname === host ? setting("HOST", `no machine is known as ${host}`) : error;
    default:
      return error;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);
}
