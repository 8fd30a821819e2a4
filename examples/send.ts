/**
 * Sends one text and waits until it is safe: `bun examples/send.ts LOGIN TARGET TEXT [URL]`, LOGIN being the body of the
 * login answer, TARGET a uid or the body of that user's. As a client of polyge.v2 it is told when the frame is `stored` or
 * `delivered`.
 */
import { encodeFrame } from "../src/protocol/frame.ts";
import { parseServerMessage, SUBPROTOCOL } from "../src/protocol/messages.ts";

const [login = "", target = "", text = "", url = "ws://localhost:8080"] = process.argv.slice(2);
const { uid, token } = JSON.parse(login).Result;

const socket = new WebSocket(`${url}/wsconn?uid=${uid}&token=${token}`, SUBPROTOCOL);
const frame = encodeFrame(
  {
    uid,
    target: target.startsWith("{") ? JSON.parse(target).Result.uid : Number(target),
    msgId: BigInt(Date.now()),
    timestampMs: BigInt(Date.now()),
    data: new TextEncoder().encode(text),
  },
  Bun.hash.crc32,
);
socket.onopen = () => socket.send(frame);
socket.onmessage = ({ data }) => {
  if (typeof data !== "string") return;
  const message = parseServerMessage(data);
  if (message.type === "ack") console.log(`${message.status} (user ${message.to})`);
  if (message.type === "nack") console.log(`refused: ${message.code}`);
  if (message.type === "ack" || message.type === "nack") socket.close();
};
