import { expect, test } from "bun:test";
import { nameKey } from "../../src/accounts/names.ts";
import { BUSY, Passwords } from "../../src/accounts/passwords.ts";
import { drawTicket, drawToken } from "../../src/accounts/secrets.ts";

test("tokens are 32 digits, every digit as likely as the next", () => {
  const counts = Array<number>(10).fill(0);
  for (let i = 0; i < 5000; i++) {
    const token = drawToken();
    expect(token).toMatch(/^\d{32}$/);
    for (const digit of token) counts[Number(digit)]!++;
  }
  // 16,000 expected of each; a byte folded by a modulo would give the first six 2.4 % more. Six sigma is 720.
  for (const count of counts) expect(Math.abs(count - 16_000)).toBeLessThan(720);
});

test("tickets differ and need no escape in a URL", () => {
  const tickets = new Set(Array.from({ length: 1000 }, drawTicket));
  expect(tickets.size).toBe(1000);
  for (const ticket of tickets) expect(ticket).toMatch(/^[A-Za-z0-9_-]{22}$/);
});

test("passwords are argon2id with 19 MiB, 2 passes, 1 lane", async () => {
  const passwords = new Passwords();
  const stored = (await passwords.hash("correct horse")) as string;
  expect(stored).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  expect(await passwords.verify(stored, "correct horse")).toBe(true);
  expect(await passwords.verify(stored, "Correct horse")).toBe(false);
});

test("past its bound the queue says busy instead of growing", async () => {
  const passwords = new Passwords(1, 2);
  const results = await Promise.all(Array.from({ length: 6 }, () => passwords.hash("correct horse")));
  expect(results.filter((result) => result === BUSY).length).toBeGreaterThanOrEqual(3);
  expect(await passwords.hash("correct horse")).toStartWith("$argon2id$");
});

test.each([
  ["Alice", "ALICE"],
  ["straße", "STRASSE"],
  ["ΟΔΟΣ", "οδος"],
  ["ﬁne", "FINE"],
  ["Ａｂｃ", "abc"],
  ["e\u0301", "É"],
  [" a ", "a"],
])("%j and %j are one name", (one, other) => {
  expect(nameKey(one)).toBe(nameKey(other));
});
