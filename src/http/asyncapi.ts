/** `/asyncapi.json`: the socket as AsyncAPI 3.0, its messages derived from the schemas that both ends check with. */
import { z } from "zod";
import { CLOSE } from "../protocol/codes.ts";
import { MAX_UID, MIN_FRAME_BYTES } from "../protocol/frame.ts";
import { fromClient, fromServer, SUBPROTOCOL } from "../protocol/messages.ts";
import { type Call, call } from "./call.ts";
import { json } from "./reply.ts";
import type { Version } from "./state.ts";

type Json = Record<string, unknown>;

const FRAME =
  "Big-endian: uid u64, target uid u64, message id u64, timestamp u64 in ms, data, CRC-32 (IEEE 802.3, as in zlib) u32 " +
  `over all that precedes it. At least ${MIN_FRAME_BYTES} bytes. uids run from 1 to ${MAX_UID}. A frame reaches every ` +
  "open socket of its target byte for byte as sent.";

export function asyncapiCall(version: Version): Call {
  const document = describe(version);
  return call({
    path: "/asyncapi.json",
    summary: "The socket's messages, for programs.",
    methods: ["GET"],
    arguments: z.object({}),
    fails: [],
    answer: () => json(document),
  });
}

function describe({ name, version }: Version): Json {
  const sent = messages("server", fromServer);
  const taken = messages("client", fromClient);
  const all = { frame, ...sent, ...taken };
  return {
    asyncapi: "3.0.0",
    info: { title: `${name}: the socket`, version, description: closeCodes() },
    defaultContentType: "application/json",
    channels: {
      socket: {
        address: "/wsconn",
        description: `A WebSocket. Without a subprotocol it carries frames only; a client that offers ${SUBPROTOCOL} also gets and may send the text messages.`,
        messages: Object.fromEntries(Object.keys(all).map((key) => [key, { $ref: `#/components/messages/${key}` }])),
        bindings: {
          ws: {
            method: "GET",
            query: {
              type: "object",
              required: ["uid", "token"],
              properties: { uid: { type: "integer", minimum: 1, maximum: MAX_UID }, token: { type: "string" } },
            },
          },
        },
      },
    },
    operations: {
      send: operation("send", "What the server sends", ["frame", ...Object.keys(sent)]),
      receive: operation("receive", "What the server takes", ["frame", ...Object.keys(taken)]),
    },
    components: { messages: all },
  };
}

const frame = {
  name: "frame",
  title: "A frame, either way",
  contentType: "application/octet-stream",
  description: FRAME,
  payload: { type: "string", format: "binary", minLength: MIN_FRAME_BYTES },
};

const messages = (from: string, schemas: Record<string, z.core.$ZodType>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => {
      const { $schema: _, ...payload } = z.toJSONSchema(schema) as Json;
      return [`${from}.${type}`, { name: type, title: `${type}, from the ${from}`, payload }];
    }),
  );

const operation = (action: "send" | "receive", summary: string, keys: readonly string[]): Json => ({
  action,
  summary,
  channel: { $ref: "#/channels/socket" },
  messages: keys.map((key) => ({ $ref: `#/channels/socket/messages/${key}` })),
});

const closeCodes = () =>
  `Close codes: ${Object.entries(CLOSE)
    .map(([meaning, code]) => `${code} ${meaning}`)
    .join(", ")}.`;
