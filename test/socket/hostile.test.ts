/** What a hostile web page, or a client that speaks WebSocket to do harm, tries on a socket. */
import { expect, test } from "bun:test";
import { OPCODE, wireFrame } from "../support/peer.ts";
import { APP_ORIGIN, allowForStarts } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";

allowForStarts();
const stage = stageOn("pglite");

const many = (count: number, frame: Buffer) => Buffer.concat(Array<Buffer>(count).fill(frame));

test("a page of another origin opens no socket, however its Origin looks, though it has the token", async () => {
  const { uid, token } = await stage.join();
  const client = await stage.client();
  const host = APP_ORIGIN.slice("https://".length);
  const strange = [
    ...["null", "", "*", "file://", "https://evil.example", `http://${host}`, host, `//${host}`],
    ...[`${APP_ORIGIN}.evil.example`, `https://evil.${host}`, `https://evil-${host}`, `https://${host}@evil.example`],
    ...[`${APP_ORIGIN}:444`, `${APP_ORIGIN}:443`, `${APP_ORIGIN}/`, `${APP_ORIGIN}?`, APP_ORIGIN.toUpperCase()],
    ...[`${APP_ORIGIN}, https://evil.example`, `https://evil.example, ${APP_ORIGIN}`, `${APP_ORIGIN} x`],
    `https://evil.example\r\nOrigin: ${APP_ORIGIN}`,
  ];
  for (const origin of strange) {
    const answer = await client.upgrade(uid, token, { Origin: origin });
    expect([origin, answer.split("\r\n", 1)[0]]).toEqual([origin, "HTTP/1.1 403 Forbidden"]);
    expect(answer).not.toMatch(/^access-control-allow-origin:/im);
  }
  expect(await client.upgrade(uid, token, { Origin: APP_ORIGIN })).toStartWith("HTTP/1.1 101 ");
});

test("the server's own page opens a socket, whatever ALLOWED_ORIGINS says, and a page of another port does not", async () => {
  const { uid, token } = await stage.join();
  const client = await stage.client();
  const { host, hostname } = new URL(client.url);
  const upgraded = async (origin: string) => (await client.upgrade(uid, token, { Origin: origin })).slice(9, 12);
  expect(await upgraded(`http://${host}`)).toBe("101");
  // A proxy in front may speak TLS.
  expect(await upgraded(`https://${host}`)).toBe("101");
  for (const other of [
    `http://${hostname}`,
    `http://${hostname}:1`,
    `http://${host}.evil.example`,
    host,
    `ws://${host}`,
  ]) {
    expect([other, await upgraded(other)]).toEqual([other, "403"]);
  }
});

test("compression is never agreed to, and what comes compressed ends the connection: there are no bombs", async () => {
  const { uid, token } = await stage.join();
  const extensions = {
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame",
  };
  const answer = await (await stage.client()).upgrade(uid, token, extensions);
  expect(answer).toStartWith("HTTP/1.1 101 ");
  expect(answer).not.toMatch(/sec-websocket-extensions/i);
  for (const reserved of [0x40, 0x20, 0x10]) {
    const peer = await stage.peer();
    const wire = wireFrame(OPCODE.binary, peer.frame(uid, { data: "compressed" }));
    wire[0]! |= reserved;
    peer.write(wire);
    expect([1002, 1006]).toContain(await peer.closed);
  }
});

test("a flood of fragments holds nobody up: empty ones add nothing, others up to the largest frame", async () => {
  const [rude, other] = [await stage.peer(), await stage.peer()];
  rude.write(wireFrame(OPCODE.binary, new Uint8Array(), false));
  rude.write(many(50_000, wireFrame(OPCODE.continuation, new Uint8Array(), false)));
  rude.write(wireFrame(OPCODE.continuation, rude.frame(other.uid, { data: "at last" })));
  expect(await other.data(1)).toEqual(["at last"]);
  rude.write(wireFrame(OPCODE.binary, new Uint8Array(1), false));
  rude.write(many(70_000, wireFrame(OPCODE.continuation, new Uint8Array(1), false)));
  expect(await rude.closed).toBe(1009);
  await other.sync();
});

test("who floods with pings and reads no pong is ended when a mebibyte waits", async () => {
  const [rude, other] = [await stage.peer(), await stage.peer()];
  rude.stopReading();
  rude.write(many(150_000, wireFrame(OPCODE.ping, new Uint8Array(125))));
  await stage.offline(rude.uid);
  await other.sync();
});
