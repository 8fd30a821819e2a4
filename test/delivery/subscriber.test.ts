import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import type { Outlet } from "../../src/delivery/outlet.ts";
import { Recipient } from "../../src/delivery/recipient.ts";
import { Subscriber } from "../../src/delivery/subscriber.ts";

/** Takes all. */
const OUTLET = { sendBinary: (bytes: Uint8Array) => bytes.length } as unknown as Outlet;
const STORED = { id: 1, frame: new Uint8Array(36) };

/** A socket that is given so many stored frames, then logged ones, then stored ones, and so on. */
function socketGiven(v2: boolean, ...counts: number[]): Subscriber {
  const recipient = new Recipient(1);
  const subscriber = new Subscriber(OUTLET, recipient, v2);
  for (const [index, count] of counts.entries()) {
    const kind = index % 2 === 0 ? "stored" : "log";
    if (index > 1) subscriber.turn(kind);
    for (let i = 0; i < count; i++) {
      if (kind === "stored") subscriber.sendStored(STORED);
      else subscriber.cursor++;
    }
  }
  return subscriber;
}

test("where a socket's stream stood after each of its frames, however it went between mailbox and log", () => {
  const places = [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 1],
    [3, 1],
    [3, 2],
    [3, 3],
    [4, 3],
  ];
  for (const frames of places.keys()) {
    const [stored, log] = places[frames]!;
    const subscriber = socketGiven(true, 2, 1, 1, 2, 1);
    expect(subscriber.positionAfter(frames)).toEqual({ stored: stored!, log: log! });
  }
  const subscriber = socketGiven(true, 2, 1, 1, 2, 1);
  const asked = [...places.keys()].map((frames) => subscriber.positionAfter(frames));
  expect(asked).toEqual(places.map(([stored, log]) => ({ stored: stored!, log: log! })));
  expect(subscriber.positionAfter(places.length)).toBeUndefined();
});

test("a number smaller than one before is no further on", () => {
  const subscriber = socketGiven(true, 2, 1, 1, 2, 1);
  const last = subscriber.positionAfter(6)!;
  for (const frames of [0, 1, 2, 3, 4, 5]) {
    const { stored, log } = subscriber.positionAfter(frames)!;
    expect([stored <= last.stored, log <= last.log]).toEqual([true, true]);
  }
  expect(subscriber.positionAfter(7)).toEqual({ stored: 4, log: 3 });
});

const TURNS = 50_000;
const objects = () => {
  Bun.gc(true);
  return heapStats().objectTypeCounts["Object"] ?? 0;
};

test.each([
  ["a polyge.v2 client that confirms", true, 1],
  ["a polyge.v2 client that is looked up and has no mail", true, 0],
  ["a plain client", false, 1],
])("%s costs no more memory the longer it is online", (_, v2, mail) => {
  const subscriber = socketGiven(v2, 1, 1);
  const before = objects();
  for (let turn = 0, frames = 2; turn < TURNS; turn++) {
    subscriber.turn("stored");
    if (mail > 0) subscriber.sendStored(STORED);
    subscriber.turn("log");
    subscriber.cursor += mail;
    frames += 2 * mail;
    if (v2) subscriber.stored?.confirm(subscriber.positionAfter(frames)!.stored);
    else subscriber.stored?.confirm(subscriber.stored.given);
  }
  expect(objects() - before).toBeLessThan(TURNS / 10);
  expect(subscriber.cursor).toBeGreaterThan(0);
});
