/**
 * Requests as the hub's port reads them. Some clients ask with each request over plain HTTP for another protocol, as
 * Java's does for HTTP/2 (`Upgrade: h2c`), and take an answer in HTTP/1.1 for a no (RFC 9110, section 7.8). Node hands
 * all of these to whoever upgrades WebSockets, who closes the connection without a word.
 */
import { IncomingMessage } from "node:http";

export class HubRequest extends IncomingMessage {
  // No private field, since the constructor of Node's class sets `upgrade` before this class has any.
  declare private asksForMore: boolean | null;

  /** Node reads this once the headers are there: whether the request ends what is HTTP of its connection. */
  get upgrade(): boolean {
    if (!this.asksForMore) return false;
    return this.method === "CONNECT" || this.headers.upgrade?.toLowerCase() === "websocket";
  }

  set upgrade(asksForMore: boolean | null) {
    this.asksForMore = asksForMore;
  }
}
