import { expect, test } from "bun:test";
import { Limits } from "../../src/http/limits.ts";
import { Attempts } from "../../src/store/attempts.ts";
import { unique } from "../support/client.ts";
import type { Kind } from "../support/databases.ts";
import { onEachDatabase, sharedDatabase } from "../support/services.ts";

/** As the service makes them: beside the embedded database they are counted in memory. */
async function limitsOn(kind: Kind, settings: { loginFailures: number; registrations: number }): Promise<Limits> {
  return new Limits(settings, kind === "pglite" ? undefined : new Attempts(await sharedDatabase(kind)));
}

onEachDatabase("limits", (kind) => {
  test("the right password is withheld too when it was sent along with as many guesses as are allowed", async () => {
    const limits = await limitsOn(kind, { loginFailures: 3, registrations: 0 });
    const [name, here, elsewhere] = [unique(), unique(), unique()];
    expect(await limits.beforeLogin(name, here)).toBe(0);
    for (let i = 0; i < 3; i++) expect(await limits.afterLogin(name, here, false)).toBe(0);
    expect(await limits.afterLogin(name, here, true)).toBeGreaterThan(0);
    expect(await limits.afterLogin(name, elsewhere, false)).toBeGreaterThan(0);
    expect(await limits.beforeLogin(unique(), here)).toBe(0);
  });

  test("an address may fail five times as often as a name", async () => {
    const limits = await limitsOn(kind, { loginFailures: 2, registrations: 0 });
    const address = unique();
    for (let i = 0; i < 10; i++) expect(await limits.afterLogin(unique(), address, false)).toBe(0);
    expect(await limits.beforeLogin(unique(), address)).toBeWithin(1, 901);
    expect(await limits.beforeLogin(unique(), unique())).toBe(0);
  });

  test("registrations that came to nothing do not count; 0 is no limit", async () => {
    const limits = await limitsOn(kind, { loginFailures: 0, registrations: 2 });
    const [name, address] = [unique(), unique()];
    for (let i = 0; i < 9; i++) {
      expect(await limits.register(address)).toBe(0);
      await limits.unregister(address);
    }
    expect(await limits.register(address)).toBe(0);
    expect(await limits.register(address)).toBe(0);
    expect(await limits.register(address)).toBeWithin(3000, 3601);
    for (let i = 0; i < 99; i++) expect(await limits.afterLogin(name, address, false)).toBe(0);
  });

  test("a name that looks like an address, and an address that registers, are counted apart", async () => {
    const limits = await limitsOn(kind, { loginFailures: 1, registrations: 1 });
    const both = unique();
    await limits.afterLogin(both, unique(), false);
    expect(await limits.beforeLogin(unique(), both)).toBe(0);
    expect(await limits.register(both)).toBe(0);
  });
});
