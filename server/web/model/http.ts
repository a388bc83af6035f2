/** What is read from the hub over HTTP. */
import { hubUrl } from "./place.ts";

/** The hub has answered, and not with what was asked for. */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: number;

  constructor(status: number) {
    super(`the hub answers ${status}`);
    this.status = status;
  }
}

/** @param path from the hub's address on. @throws HttpError; TypeError when it can't be reached. */
export async function read(
  path: string,
  token: string,
  { accept = "application/json" }: { accept?: string } = {},
): Promise<Response> {
  const response = await fetch(new URL(path, hubUrl), {
    headers: { authorization: `Bearer ${token}`, accept },
  });
  if (!response.ok) throw new HttpError(response.status);
  return response;
}

/** Gives a file to the person to keep. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
