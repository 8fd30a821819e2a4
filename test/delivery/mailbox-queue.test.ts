import { expect, test } from "bun:test";
import pino from "pino";
import { MailboxQueue } from "../../src/delivery/mailbox-queue.ts";
import type { Mailboxes } from "../../src/store/mailbox.ts";
import { HeldStore } from "./model/held-store.ts";
import { VirtualTime } from "./model/virtual-time.ts";

test("the frames that come after a full batch do not put it off", () => {
  const time = new VirtualTime();
  using _ = time.install();
  const settings = { maxBytes: 1e9, flushMs: 5, batchFrames: 2 };
  const queue = new MailboxQueue(
    new HeldStore() as unknown as Mailboxes,
    settings,
    pino({ level: "silent" }),
    () => {},
  );
  queue.offer(9, new Uint8Array(36));
  queue.offer(9, new Uint8Array(36));
  const [full] = time.pending;
  expect(full?.ms).toBe(0);
  queue.offer(9, new Uint8Array(36));
  void queue.settled();
  expect(time.pending[0]).toBe(full!);
});
