/** An agent whose connections can be cut, as a network cuts them: without a goodbye. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface LineAgent {
  /** For Socket.IO's option `agent`. */
  readonly agent: HttpAgent;
  /** Cuts every connection that was made through it. */
  cut(): void;
}

/** An agent for the connections of one terminal. */
export function createLineAgent(url: string): LineAgent {
  const agent = new URL(url).protocol === "https:" ? new HttpsAgent() : new HttpAgent();
  const lines = new Set<Duplex>();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const line = connect(options, callback);
    if (line) {
      lines.add(line);
      (line as Socket).once("close", () => lines.delete(line));
    }
    return line;
  };
  return {
    agent,
    cut: () => {
      for (const line of lines) line.destroy();
    },
  };
}
