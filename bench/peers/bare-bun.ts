/**
 * The yardstick: the least that a relay on Bun can do. It takes any uid at its word, checks no CRC, stores nothing.
 * Prints its URL when ready.
 */
const TWO_32 = 0x1_0000_0000;
const TARGET = 8;

const server = Bun.serve<{ topic: string }>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const topic = new URL(request.url).searchParams.get("uid");
    if (topic !== null && server.upgrade(request, { data: { topic } })) return;
    return new Response(null, { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    sendPings: false,
    maxPayloadLength: 65_536,
    backpressureLimit: 16 * 1024 * 1024,
    open(ws) {
      ws.subscribe(ws.data.topic);
    },
    message(_ws, message) {
      if (typeof message === "string" || message.length < 36) return;
      const target = message.readUInt32BE(TARGET) * TWO_32 + message.readUInt32BE(TARGET + 4);
      server.publish(String(target), message);
    },
  },
});
console.log(`http://127.0.0.1:${server.port}`);
