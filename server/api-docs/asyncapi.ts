/** The messages of terminals as an AsyncAPI 3 document. The application that it describes is the hub. */
import {
  ACKS,
  type AnyMessageName,
  HUB_MESSAGES,
  PAYLOADS,
  PROTOCOL_VERSION,
  TERMINALS_PATH,
} from "@tallystick/protocol";
import { SENT_BY_HUB, SENT_BY_TERMINALS } from "./message-summaries.ts";
import { type Json, Schemas } from "./schemas.ts";

const ABOUT = `What a terminal and its hub say to each other, over Socket.IO 4 and WebSocket alone. A message is a Socket.IO event of
that name with one argument, its payload; what a terminal sends has an acknowledgement, which is its reply. Readers should pass over
fields that they do not know. What operators ask over HTTP is in \`openapi.json\`.`;

const CHANNEL = "#/channels/terminal";

/** Makes the document. */
export function asyncApi(): Json {
  const schemas = new Schemas("draft-07");
  const names = Object.keys(PAYLOADS) as AnyMessageName[];
  const told = Object.keys(HUB_MESSAGES) as (keyof typeof HUB_MESSAGES)[];
  const messages = Object.fromEntries([
    ...names.flatMap((name) => [
      [
        idOf(name),
        { name, title: name, summary: SENT_BY_TERMINALS[name], payload: schemas.use(PAYLOADS[name]) },
      ],
      [
        ackOf(name),
        { name: `${name} acknowledged`, title: `The answer to ${name}`, payload: schemas.use(ACKS[name]) },
      ],
    ]),
    ...told.map((name) => [
      idOf(name),
      { name, title: name, summary: SENT_BY_HUB[name], payload: schemas.use(HUB_MESSAGES[name]) },
    ]),
  ]);
  return {
    asyncapi: "3.0.0",
    info: { title: "Tallystick: terminals", version: String(PROTOCOL_VERSION), description: ABOUT },
    defaultContentType: "application/json",
    servers: {
      hub: {
        host: "{host}",
        pathname: TERMINALS_PATH,
        protocol: "wss",
        description: "The hub that this document comes from; `ws` where it is reached without TLS.",
        variables: { host: { default: "localhost:3000" } },
        security: [{ $ref: "#/components/securitySchemes/token" }],
      },
    },
    channels: {
      terminal: {
        address: "/",
        title: "A terminal's connection",
        description: "Socket.IO's namespace.",
        messages: Object.fromEntries(
          Object.keys(messages).map((id) => [id, { $ref: `#/components/messages/${id}` }]),
        ),
      },
    },
    operations: Object.fromEntries([
      ...names.map((name) => [idOf(name), received(name)]),
      ...told.map((name) => [idOf(name), sent(name)]),
    ]),
    components: {
      messages,
      schemas: schemas.usedIn(messages),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "In the payload of Socket.IO's CONNECT: `{ token }`.",
        },
      },
    },
  };
}

/** A message's name where points and letters alone may stand. */
function idOf(name: string): string {
  return name.replace(":", ".");
}

function ackOf(name: string): string {
  return `${idOf(name)}.answer`;
}

function received(name: AnyMessageName): Json {
  return {
    action: "receive",
    summary: SENT_BY_TERMINALS[name],
    channel: { $ref: CHANNEL },
    messages: [{ $ref: `${CHANNEL}/messages/${idOf(name)}` }],
    reply: {
      channel: { $ref: CHANNEL },
      messages: [{ $ref: `${CHANNEL}/messages/${ackOf(name)}` }],
    },
  };
}

function sent(name: keyof typeof HUB_MESSAGES): Json {
  return {
    action: "send",
    summary: SENT_BY_HUB[name],
    channel: { $ref: CHANNEL },
    messages: [{ $ref: `${CHANNEL}/messages/${idOf(name)}` }],
  };
}
