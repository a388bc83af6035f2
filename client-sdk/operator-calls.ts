/** One request to a hub over HTTP, repeated until it is answered or its caller gives up. */
import { abandonError, abortable, type WaitOptions } from "./abortable.ts";
import { newCommandId } from "./command-id.ts";
import { errorOf, isTallystickError, TallystickError } from "./errors.ts";
import type { TokenSource } from "./token-source.ts";

/** How a hub is reached. */
export interface OperatorOptions {
  /** The operator's token, or a function that gets one, called for each request. */
  token: TokenSource;
  /** Milliseconds that a call is repeated in, unless the call says; 30,000 unless given. */
  timeoutMs?: number | undefined;
  /**
   * Answers have in place of each account number a handle, which calls take in its place, and `last4`: for a page that shows
   * a number only where a person asks for it, with `showAccount`.
   */
  numbers?: "masked" | undefined;
  /** In place of the platform's own, such as one that goes through a proxy. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** What a call that writes takes. */
export interface WriteOptions extends WaitOptions {
  /** The intent's id, sent as `Idempotency-Key`: the same again is done once. A fresh one unless given. */
  commandId?: string | undefined;
  /** Write only while the account has this `etag`; otherwise the call is refused as `conflict`. */
  ifMatch?: string | undefined;
  /** With `"*"`: write only when there is no such account. */
  ifNoneMatch?: "*" | undefined;
}

/** How much a list asks for at a time. */
export interface ListOptions extends WaitOptions {
  /** Entries of one request, 1 to 1000; 100 unless given. */
  pageSize?: number | undefined;
}

/** A request as a method of the client makes it. */
export interface Call {
  method: "GET" | "PUT" | "POST" | "DELETE";
  /** From the hub's address on. */
  path: string;
  query?: { readonly [name: string]: string | number | undefined } | undefined;
  body?: unknown;
  /** What it wants the answer to be; JSON, unless said. */
  accept?: string | undefined;
  /** Sent as it is, in place of `body`. */
  file?: { type: string; content: string | Blob } | undefined;
}

/** What came back. */
export interface Answer {
  text: string;
  etag: string;
  /** What the next page comes after, where the answer says so in its head. */
  next?: string | undefined;
}

const USUAL_TIMEOUT_MS = 30_000;
/** Pauses between two attempts, milliseconds: the first, and the longest. */
const PAUSE_MS = { first: 200, longest: 5000 };

export class Calls {
  readonly #url: URL;
  readonly #options: OperatorOptions;

  /** @param url where the hub is; a path is where a proxy has put it. */
  constructor(url: string, options: OperatorOptions) {
    this.#url = new URL(url.endsWith("/") ? url : `${url}/`);
    this.#options = options;
  }

  /** @throws TallystickError what the hub refused it for; `timeout`, `aborted`. */
  async send(call: Call, options: WriteOptions = {}): Promise<Answer> {
    const commandId = call.method === "GET" ? undefined : (options.commandId ?? newCommandId());
    const stopped = new AbortController();
    const { timeoutMs = this.#options.timeoutMs ?? USUAL_TIMEOUT_MS, signal } = options;
    const abandoned = abandonError(`${call.method} ${call.path}`);
    return abortable<Answer>(
      { timeoutMs, signal },
      (code, cause) => Object.assign(abandoned(code, cause), { commandId }),
      (resolve, reject) => {
        this.#repeat(call, { ...options, commandId, signal: stopped.signal }).then(resolve, reject);
        return () => stopped.abort();
      },
    );
  }

  /** The same, of what is answered as JSON. */
  async json<T>(call: Call, options?: WriteOptions): Promise<T> {
    return JSON.parse((await this.send(call, options)).text) as T;
  }

  /** Reads a page when it is needed; time and signal are each request's. */
  async *list<T>(
    path: string,
    name: string,
    query: NonNullable<Call["query"]>,
    { pageSize, ...options }: ListOptions,
  ): AsyncGenerator<T, void> {
    let after: string | undefined;
    do {
      const asked = { ...query, after, limit: pageSize };
      const page: { [name: string]: unknown } = await this.json(
        { method: "GET", path, query: asked },
        options,
      );
      yield* page[name] as T[];
      after = page.next as string | undefined;
    } while (after !== undefined);
  }

  /** Opens what is told for as long as one listens. @throws TallystickError what the hub refused it for. */
  async stream(call: Call | string, signal: AbortSignal): Promise<Response> {
    const asked: Call = typeof call === "string" ? { method: "GET", path: call } : call;
    const response = await this.#fetch(asked, {}, signal);
    if (!response.ok) throw refusalOf(response.status, await response.text(), undefined);
    return response;
  }

  /** True when the same may be answered in a moment. */
  isPassing(error: unknown): boolean {
    return !isTallystickError(error) || error.retry === "same";
  }

  /** Waits, or until the signal. */
  pause(milliseconds: number, signal: AbortSignal = new AbortController().signal): Promise<void> {
    return pause(milliseconds, signal);
  }

  /** Sends it again, under the same key, as long as nobody knows what came of it. */
  async #repeat(call: Call, options: WriteOptions & { signal: AbortSignal }): Promise<Answer> {
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      try {
        return await this.#once(call, options);
      } catch (error) {
        if (options.signal.aborted || !isTallystickError(error) || error.retry !== "same") throw error;
        await pause(Math.max(pauseMs, Number(error.details?.retryAfter ?? 0)), options.signal);
      }
    }
  }

  async #once(call: Call, options: WriteOptions & { signal: AbortSignal }): Promise<Answer> {
    const { commandId, ifMatch, ifNoneMatch, signal } = options;
    const headers = {
      ...(call.accept !== undefined && { accept: call.accept }),
      ...(call.body !== undefined && { "content-type": "application/json" }),
      ...(commandId !== undefined && { "idempotency-key": commandId }),
      ...(ifMatch !== undefined && { "if-match": ifMatch }),
      ...(ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch }),
    };
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(call, headers, signal);
      text = await response.text();
    } catch (cause) {
      throw new TallystickError("disconnected", "The hub can't be reached.", { cause, commandId });
    }
    if (response.ok) {
      const next = /[?&]after=([^&>]*)/.exec(response.headers.get("link") ?? "")?.[1];
      return { text, etag: response.headers.get("etag") ?? "", next };
    }
    throw refusalOf(response.status, text, commandId);
  }

  async #fetch(call: Call, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const { token, numbers, fetch = globalThis.fetch } = this.#options;
    const authorization = `Bearer ${typeof token === "function" ? await token() : token}`;
    const { file } = call;
    const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    return fetch(this.#addressOf(call), {
      method: call.method,
      headers: {
        authorization,
        ...(numbers && { prefer: `numbers=${numbers}` }),
        ...headers,
        ...(file && { "content-type": file.type }),
      },
      ...(file && { body: file.content }),
      signal,
      ...body,
    });
  }

  #addressOf({ path, query = {} }: Call): URL {
    const address = new URL(path.slice(1), this.#url);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) address.searchParams.set(name, String(value));
    return address;
  }
}

/** The error of a problem document; what is none comes from something between, which may be there in a moment. */
function refusalOf(status: number, text: string, commandId: string | undefined): TallystickError {
  try {
    const { code, detail, details } = JSON.parse(text);
    if (typeof code === "string")
      return errorOf({ code: code as "internal", message: detail, details }, commandId);
  } catch {
    // It is no JSON: below.
  }
  const isPassing = status === 429 || status >= 500;
  return new TallystickError(
    isPassing ? "unavailable" : "unsupported",
    `What answers here (${status}) is no hub.`,
    {
      commandId,
    },
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
