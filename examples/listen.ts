/**
 * Prints every frame that arrives: `bun examples/listen.ts LOGIN [URL]`, LOGIN being the body of the login answer.
 * Nothing but the standard WebSocket: this is all that a client has to do.
 */
import { decodeFrame } from "../src/protocol/frame.ts";

const [login = "", url = "ws://localhost:8080"] = process.argv.slice(2);
const { uid, token } = JSON.parse(login).Result;

const socket = new WebSocket(`${url}/wsconn?uid=${uid}&token=${token}`);
socket.binaryType = "arraybuffer";
socket.onopen = () => console.log(`user ${uid} listens`);
socket.onmessage = ({ data }) => {
  const frame = decodeFrame(new Uint8Array(data), Bun.hash.crc32);
  if (typeof frame === "string") console.log(`no frame: ${frame}`);
  else console.log(`from user ${frame.uid}: ${new TextDecoder().decode(frame.data)}`);
};
socket.onclose = ({ code, reason }) => console.log(`closed: ${code} ${reason}`);
