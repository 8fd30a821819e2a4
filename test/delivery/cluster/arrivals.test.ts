/** What a node keeps of other nodes' routes, and for how long. */
import { expect, test } from "bun:test";
import { LocalBroker } from "../../../src/broker/local.ts";
import { Arrivals } from "../../../src/delivery/cluster/arrivals.ts";
import { parseToNode, parseToUser } from "../../../src/delivery/cluster/node-messages.ts";
import { Recipient } from "../../../src/delivery/recipient.ts";

const FRAME = Buffer.alloc(36);

/** A user who is online here, and what other nodes send for that user. */
function online() {
  const recipient = new Recipient(1);
  const taken: Buffer[] = [];
  const arrivals = new Arrivals(new LocalBroker(), {
    recipient: () => recipient,
    mayHold: () => true,
    hold: (to, frame) => {
      taken.push(frame);
      to.hold(frame, { bytes: 0 });
    },
  });
  return { recipient, arrivals, taken };
}

test.each([
  ["closed by its node", ({ arrivals }: ReturnType<typeof online>) => arrivals.end("a", 1)],
  ["a silent node's", ({ arrivals }: ReturnType<typeof online>) => arrivals.silent("a")],
  ["given up as frames are missing", ({ arrivals }: ReturnType<typeof online>) => arrivals.frame(1, FRAME, "a.1.7")],
])("a route that is %s is forgotten, once clients have confirmed what came on it", (_, over) => {
  const idle = online();
  idle.arrivals.expect(idle.recipient, "a", 1, 0);
  over(idle);
  expect(idle.recipient.arrivals).toEqual([]);

  const busy = online();
  busy.arrivals.expect(busy.recipient, "a", 1, 0);
  busy.arrivals.frame(1, FRAME, "a.1.0");
  over(busy);
  expect(busy.recipient.answeredElsewhere()).toEqual(new Set([0]));
  busy.arrivals.confirmed(busy.recipient, 1);
  expect(busy.recipient.arrivals).toEqual([]);
});

test("copies from a node that does not know of the user here yet wait in bounded memory", () => {
  const { arrivals, taken } = online();
  const large = Buffer.alloc(65_536);
  for (let seq = 0; seq < 100; seq++) arrivals.frame(1, large, `copy.a.${seq}`);
  expect(taken.length).toBeGreaterThan(100 - 18);
  arrivals.stop();
});

test.each([
  { t: "answers", node: "a", routes: [1, 1.5] },
  { t: "answers", node: "a", routes: [1, -1] },
  { t: "beat", node: "a", sent: [1, 0.5] },
])("a message that counts what cannot be counted is let pass: %j", (message) => {
  expect(parseToNode(JSON.stringify(message))).toBeUndefined();
});

test.each([
  { t: "find", node: "a", route: 1, from: -1 },
  { t: "pass", message: null },
])("a message about a user that cannot be is let pass: %j", (message) => {
  expect(parseToUser(JSON.stringify(message))).toBeUndefined();
});
