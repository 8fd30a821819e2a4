/** What a server says of a connection and of a frame, and that the client does it. */
import { expect, test } from "bun:test";
import { pauseMs, verdictOf } from "../../src/client/backoff.ts";
import { Polyge, type PolygeError } from "../../src/client/index.ts";
import { CLOSE } from "../../src/protocol/codes.ts";
import { readMsgId } from "../../src/protocol/frame.ts";
import { type ScriptedSocket, SESSION, serveScript } from "./scripted-server.ts";

const SOON = { retry: { firstMs: 1, mostMs: 5 } };
const BEN = 8;

test.each([
  [CLOSE.goingAway, undefined],
  [1006, undefined],
  [1012, undefined],
  [CLOSE.tryAgainLater, undefined],
  [CLOSE.loggedOut, "logged_out"],
  [CLOSE.replaced, "replaced"],
  [CLOSE.unsupportedData, "rule_broken"],
  [CLOSE.policyViolation, "rule_broken"],
  [CLOSE.messageTooBig, "rule_broken"],
  [1000, "rule_broken"],
  [1011, "rule_broken"],
] as const)("close code %p: %p", (code, verdict) => {
  expect(verdictOf(code)).toBe(verdict as never);
});

test("pauses are random up to a bound that doubles up to another, and start where bye says", () => {
  const times = { firstMs: 500, mostMs: 30_000 };
  const drawn = (failures: number, atLeastMs: number) =>
    Array.from({ length: 300 }, () => pauseMs(failures, atLeastMs, times));
  for (const [failures, bound] of [
    [0, 500],
    [3, 4000],
    [6, 30_000],
    [1000, 30_000],
  ] as const) {
    const pauses = drawn(failures, 0);
    expect(Math.min(...pauses)).toBeLessThan(bound * 0.1);
    expect(Math.max(...pauses)).toBeWithin(bound * 0.9, bound);
  }
  expect(Math.min(...drawn(0, 2000))).toBeWithin(2000, 2100);
});

test("bye says how long to stay away", async () => {
  const times: number[] = [];
  await using server = serveScript({
    opened(socket) {
      times.push(performance.now());
      if (socket.nth > 0) return;
      socket.tell({ type: "bye", code: CLOSE.goingAway, retryAfterMs: 400 });
      socket.ws.close(CLOSE.goingAway);
    },
  });
  const connection = await new Polyge(server.url).connect(SESSION, SOON);
  await new Promise<void>((resolve) => connection.on("state", (state) => state === "v2" && resolve()));
  connection.close();
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(399);
});

test.each([
  [CLOSE.replaced, "replaced"],
  [CLOSE.policyViolation, "rule_broken"],
])("after %p it stays away", async (code, verdict) => {
  await using server = serveScript({ frame: (socket) => socket.ws.close(code) });
  const connection = await new Polyge(server.url).connect(SESSION, SOON);
  const closed = new Promise<PolygeError | undefined>((resolve) => connection.on("closed", resolve));
  const { stored } = connection.send(BEN, "out of turn");
  expect(await closed).toMatchObject({ code: verdict, closeCode: code });
  expect(await stored.catch(({ code }) => code)).toBe(verdict);
  expect(server.sockets).toHaveLength(1);
});

test("what the server repeats is seen once, and confirmed twice", async () => {
  await using server = serveScript({
    opened(socket) {
      for (const id of [1n, 2n, 1n]) socket.frame(BEN, id, `message ${id}`);
      socket.frame(BEN + 1, 1n, "another's");
      if (socket.nth === 0) socket.ws.close(CLOSE.goingAway);
      else socket.frame(BEN, 3n, "message 3");
    },
  });
  const connection = await new Polyge(server.url).connect(SESSION, SOON);
  const seen: string[] = [];
  for await (const { text } of connection.messages()) if (seen.push(text) === 4) break;
  expect(seen).toEqual(["message 1", "message 2", "another's", "message 3"]);
  while (server.sockets[1]!.got < 5) await new Promise(setImmediate);
  connection.close();
});

test("a damaged frame is not confirmed: it comes whole on the next socket", async () => {
  await using server = serveScript({
    opened(socket) {
      if (socket.nth === 0) socket.ws.send(Buffer.alloc(40, 1));
      else socket.frame(BEN, 1n, "whole");
    },
  });
  const connection = await new Polyge(server.url).connect(SESSION, SOON);
  for await (const { text } of connection.messages()) {
    expect(text).toBe("whole");
    break;
  }
  connection.close();
  expect(server.sockets.map(({ got }) => got)[0]).toBe(0);
});

test("a frame that the server has no room for is sent again, with what came behind it, in order", async () => {
  const taken: string[] = [];
  let refused = false;
  await using server = serveScript({
    frame(socket: ScriptedSocket, bytes) {
      const about = { to: BEN, msgId: readMsgId(bytes) };
      if (!refused) {
        refused = true;
        return socket.tell({ type: "nack", ...about, code: "unavailable" });
      }
      taken.push(about.msgId);
      if (taken.length > 2) socket.tell({ type: "ack", ...about, status: "stored" });
    },
  });
  const connection = await new Polyge(server.url).connect(SESSION, SOON);
  const sent = ["a", "b", "c"].map((text) => connection.send(BEN, text));
  await Promise.all(sent.map(({ stored }) => stored));
  connection.close();
  const [a, b, c] = sent.map(({ msgId }) => String(msgId));
  expect(taken).toEqual([b!, c!, a!, b!, c!]);
});

test("more than may wait for an answer is refused", async () => {
  await using server = serveScript({});
  const connection = await new Polyge(server.url).connect(SESSION, { ...SOON, outboxBytes: 100 });
  const sent = ["a", "b", "c"].map((text) => connection.send(BEN, text));
  expect(await sent[2]!.stored.catch(({ code }) => code)).toBe("outbox_full");
  expect(connection.unanswered).toBe(2);
  connection.close();
});
