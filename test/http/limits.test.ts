import { expect, test } from "bun:test";
import { Limits } from "../../src/http/limits.ts";

test("the right password is withheld too when it was sent along with as many guesses as are allowed", async () => {
  const limits = new Limits({ loginFailures: 3, registrations: 0 });
  expect(await limits.beforeLogin("name", "1.1.1.1")).toBe(0);
  for (let i = 0; i < 3; i++) expect(await limits.afterLogin("name", "1.1.1.1", false)).toBe(0);
  expect(await limits.afterLogin("name", "1.1.1.1", true)).toBeGreaterThan(0);
  expect(await limits.afterLogin("name", "2.2.2.2", false)).toBeGreaterThan(0);
  expect(await limits.beforeLogin("other", "1.1.1.1")).toBe(0);
});

test("an address may fail five times as often as a name", async () => {
  const limits = new Limits({ loginFailures: 2, registrations: 0 });
  for (let i = 0; i < 10; i++) expect(await limits.afterLogin(`name${i}`, "1.1.1.1", false)).toBe(0);
  expect(await limits.beforeLogin("fresh", "1.1.1.1")).toBeWithin(1, 901);
  expect(await limits.beforeLogin("fresh", "2.2.2.2")).toBe(0);
});

test("registrations that came to nothing do not count; 0 is no limit", async () => {
  const limits = new Limits({ loginFailures: 0, registrations: 2 });
  for (let i = 0; i < 9; i++) {
    expect(await limits.register("1.1.1.1")).toBe(0);
    await limits.unregister("1.1.1.1");
  }
  expect(await limits.register("1.1.1.1")).toBe(0);
  expect(await limits.register("1.1.1.1")).toBe(0);
  expect(await limits.register("1.1.1.1")).toBeWithin(3000, 3601);
  for (let i = 0; i < 99; i++) expect(await limits.afterLogin("name", "1.1.1.1", false)).toBe(0);
});
