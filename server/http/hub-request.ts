/**
 * Requests as the hub's port reads them. Some clients ask with each request over plain HTTP for another protocol, as
 * Java's does for HTTP/2 (`Upgrade: h2c`), and take an answer in HTTP/1.1 for a no (RFC 9110, section 7.8). Node hands
 * all of these to whoever upgrades WebSockets, who closes the connection without a word; and so a WebSocket that is asked for
 * at an address where there is none. They are answered as any other request.
 */
import { IncomingMessage } from "node:http";
import { TERMINALS_PATH } from "@tallystick/protocol";

export class HubRequest extends IncomingMessage {
  // No private field, since the constructor of Node's class sets `upgrade` before this class has any.
  declare private asksForMore: boolean | null;

  /** Node reads this once the headers are there: whether the request ends what is HTTP of its connection. */
  get upgrade(): boolean {
    if (!this.asksForMore) return false;
    if (this.method === "CONNECT") return true;
    return (
      this.headers.upgrade?.toLowerCase() === "websocket" && this.url?.startsWith(TERMINALS_PATH) === true
    );
  }

  set upgrade(asksForMore: boolean | null) {
    this.asksForMore = asksForMore;
  }
}
