import { expect, test } from "bun:test";
import { Entry } from "../../src/web/state/entry.ts";
import { ordered } from "../../src/web/state/order.ts";

const ANA = 1;
const BEN = 2;
/** @param id its place in the history, where it is known */
function entry(from: number, text: string, timestampMs: number, id?: number): Entry {
  const made = new Entry(`${from}:${text}`, from, ANA, 1n, timestampMs, text);
  made.id = id;
  return made;
}
const texts = (entries: readonly Entry[]) => entries.map(({ text }) => text);

test("the history's places decide, whatever the clocks say", () => {
  const shown = [entry(ANA, "b", 900, 2), entry(BEN, "d", 5, 4)];
  expect(texts(ordered(shown, [entry(BEN, "c", 100, 3), entry(ANA, "a", 950, 1)]))).toEqual(["a", "b", "c", "d"]);
});

test("what has just come is the newest, also from somebody whose clock is behind", () => {
  const shown = [entry(ANA, "a", 5000, 1), entry(BEN, "b", 10, 2), entry(ANA, "c", 5001, 3)];
  expect(texts(ordered(shown, [entry(BEN, "d", 11)]))).toEqual(["a", "b", "c", "d"]);
});

test("what the mailbox brings stands where its sender's clock has it", () => {
  const shown = [entry(ANA, "a", 1, 1), entry(BEN, "e", 50, 5), entry(ANA, "f", 2, 6)];
  const mailbox = [entry(BEN, "b", 20), entry(BEN, "c", 30), entry(BEN, "e", 50), entry(BEN, "g", 60)];
  expect(texts(ordered(shown, mailbox))).toEqual(["a", "b", "c", "e", "f", "g"]);
});

test("a message is there once; the one that is shown stays and learns its place", () => {
  const shown = entry(BEN, "a", 1);
  const [only, ...rest] = ordered([shown], [entry(BEN, "a", 1, 7)]);
  expect([only === shown, only!.id, rest]).toEqual([true, 7, []]);
});
