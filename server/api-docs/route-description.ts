/** What is said of an HTTP route, apart from what it does: the hub routes by it, and its documents are made of it. */
import type { ErrorCode } from "@tallystick/protocol";
import type { z } from "zod";
import type { OperatorPart } from "../tokens.ts";

/** Who may ask: whoever comes; whoever has a token, who sees what is its own; operators alone. */
export type Who = "anybody" | "reader" | "operator";

/** What a route can answer when it refuses nothing. */
export interface AnswerDescription {
  /** What it means, in a sentence. */
  readonly what: string;
  /** Of JSON. */
  readonly schema?: z.ZodType;
  /** The media type of what is no JSON; several where the path says which. */
  readonly type?: string | readonly string[];
  /** The media type as which it can be had too, as a text. */
  readonly alsoAs?: string;
  /** It has an `ETag`; then a GET with `If-None-Match` may be answered 304. */
  readonly etag?: true;
}

export interface RouteDescription {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** As Express has it, `/v1/parties/:party/accounts`. */
  readonly path: `/${string}`;
  readonly who: Who;
  /** The scope that is enough beside `operator`; for reading, `operator:read` always is. */
  readonly part?: OperatorPart;
  /** What it does, in a line. */
  readonly summary: string;
  /** The variable parts of the path. */
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly body?: z.ZodType | undefined;
  /** The media types of a body that is no JSON, which the route reads itself. */
  readonly takes?: readonly string[];
  /** It takes `If-Match` and `If-None-Match` (RFC 9110, section 13.1). */
  readonly conditions?: true;
  /**
   * It knows account numbers: it takes handles in their place, and answers with them where `Prefer: numbers=masked` asks
   * for it, or with the number all the same where it is there to show it.
   */
  readonly numbers?: "masked if asked" | "shown";
  readonly answers: { readonly [status: number]: AnswerDescription };
  /** What it can refuse, beside what every route of its kind can. */
  readonly refusals?: readonly ErrorCode[];
}

/** True for what changes something: then it takes an `Idempotency-Key`. */
export function isWrite({ method }: RouteDescription): boolean {
  return method !== "GET";
}
