/** A server that does as the test says, for what a real one does only when something is wrong with it. */
import type { ServerWebSocket } from "bun";
import type { Session } from "../../src/client/index.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import {
  MAX_MESSAGE_BYTES,
  MAX_WATCHED,
  parseClientMessage,
  RESEND_WINDOW_MS,
  type ServerMessage,
  SUBPROTOCOL,
} from "../../src/protocol/messages.ts";

export const UID = 7;
export const SESSION: Session = { uid: UID, uname: "ana", gender: 1, userType: 1, token: "0", issuedMs: Date.now() };

const HELLO: ServerMessage = {
  type: "hello",
  uid: UID,
  limits: {
    maxFrameBytes: 65_536,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxWatched: MAX_WATCHED,
    messageRate: 2000,
    messageBurst: 20_000,
    gotIntervalMs: 0,
    resendWindowMs: RESEND_WINDOW_MS,
  },
};

export class ScriptedSocket {
  /** The last `got`. */
  got = 0;

  constructor(
    readonly ws: ServerWebSocket<unknown>,
    /** Which socket of this server it is, from 0. */
    readonly nth: number,
  ) {}

  tell(message: ServerMessage): void {
    this.ws.send(JSON.stringify(message));
  }

  frame(uid: number, msgId: bigint, text: string): void {
    const data = new TextEncoder().encode(text);
    this.ws.send(encodeFrame({ uid, target: UID, msgId, timestampMs: 0n, data }, Bun.hash.crc32));
  }
}

export interface Script {
  opened?(socket: ScriptedSocket): void;
  frame?(socket: ScriptedSocket, bytes: Buffer): void;
}

/** Says hello to whoever comes, and leaves the rest to the script. */
export function serveScript(script: Script) {
  const sockets: ScriptedSocket[] = [];
  const of = (ws: ServerWebSocket<unknown>) => sockets.find((socket) => socket.ws === ws)!;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request, { headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } })
        ? undefined
        : new Response("", { status: 400 }),
    websocket: {
      open(ws) {
        const socket = new ScriptedSocket(ws, sockets.length);
        sockets.push(socket);
        socket.tell(HELLO);
        script.opened?.(socket);
      },
      message(ws, data) {
        if (typeof data !== "string") return script.frame?.(of(ws), data);
        const message = parseClientMessage(data);
        if (message.type === "got") of(ws).got = message.n;
      },
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, sockets, [Symbol.asyncDispose]: () => server.stop(true) };
}
