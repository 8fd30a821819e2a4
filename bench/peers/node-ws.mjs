/**
 * The same bare relay on Node.js with `ws`, as most services of this kind are built. It takes any uid at its word,
 * checks no CRC, stores nothing. Prints its URL when ready. JavaScript, because Node 20 does not read TypeScript.
 */
import { WebSocketServer } from "ws";

const TWO_32 = 0x1_0000_0000;
const TARGET = 8;
const BINARY = { binary: true, compress: false };

/** @type {Map<number, Set<import("ws").WebSocket>>} */
const sockets = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, maxPayload: 65_536 });

server.on("connection", (socket, request) => {
  const uid = Number(new URL(request.url, "http://localhost").searchParams.get("uid"));
  const own = sockets.get(uid) ?? new Set();
  sockets.set(uid, own.add(socket));
  socket.on("message", (data) => {
    if (data.length < 36) return;
    const target = sockets.get(data.readUInt32BE(TARGET) * TWO_32 + data.readUInt32BE(TARGET + 4));
    if (target === undefined) return;
    for (const peer of target) peer.send(data, BINARY);
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    own.delete(socket);
    if (own.size === 0) sockets.delete(uid);
  });
});
server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}`));
