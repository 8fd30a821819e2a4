import { expect, test } from "bun:test";
import fc from "fast-check";
import { registration } from "../../src/http/schemas.ts";
import { ERROR_STATUS } from "../../src/protocol/codes.ts";
import { Client, clientOf } from "../support/client.ts";
import { onEachDatabase, sharedService } from "../support/services.ts";

/** `FUZZ_RUNS=100000 bun test test/http/fuzz.test.ts` for a long one; `FUZZ_SEED` repeats one. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 300);
const SEED = process.env["FUZZ_SEED"] === undefined ? {} : { seed: Number(process.env["FUZZ_SEED"]) };

const paths = fc.constantFrom(
  "/register",
  "/login",
  "/check_uname",
  "/logout",
  "/refresh_token",
  "/wsconn",
  "/x",
  "//",
);
const names = fc.oneof(
  fc.constantFrom(...Object.keys(registration.shape), "uid", "token", "client_id", "ticket"),
  fc.string({ maxLength: 8 }),
);
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "1", "0", "-1", "1e9", "9".repeat(32), "2000-01-01", "%", "\0", "\uD800", "'", "null"),
  fc.integer().map(String),
);
const pairs = fc.array(fc.tuple(names, values), { maxLength: 20 });
const escaped = (text: string) =>
  Buffer.from(text, "utf8").reduce((all, byte) => `${all}%${byte.toString(16).padStart(2, "0")}`, "");
const query = fc.oneof(
  pairs.map((all) => all.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join("&")),
  fc.string({ unit: fc.constantFrom(..."%&=+;a0F#?[]".split("")), maxLength: 30 }),
);
const body = fc.oneof(
  fc.record({ type: fc.constant("application/json"), body: fc.json() }),
  fc.record({
    type: fc.constant("application/json"),
    body: pairs.map((all) => JSON.stringify(Object.fromEntries(all))),
  }),
  fc.record({ type: fc.constant("application/x-www-form-urlencoded"), body: query }),
  fc.record({ type: fc.constant("multipart/form-data; boundary=x"), body: fc.string() }),
  fc.record({ type: fc.string({ unit: "grapheme-ascii" }), body: fc.string() }),
);

onEachDatabase("random requests", (kind) => {
  test(
    `${RUNS} of them: an answer in the envelope with a code of the closed set, never 500`,
    async () => {
      const { url } = await clientOf(kind);
      const { lines } = await sharedService(kind);
      const before = lines.length;
      const request = fc.record({ path: paths, query, body: fc.option(body) });
      await fc.assert(
        fc.asyncProperty(request, async ({ path, query, body }) => {
          const client = new Client(url);
          const target = `${path}?${query}`;
          const answer = body
            ? await client.send(target, {
                method: "POST",
                headers: { "Content-Type": body.type.trim() },
                body: body.body,
              })
            : await client.send(target);
          if (answer.body.success === true) return expect([200, 302]).toContain(answer.status);
          const code = answer.body.code as keyof typeof ERROR_STATUS;
          expect(answer.body).toEqual({ success: false, msg: expect.any(String), rs: "", code });
          expect(code).not.toBe("internal");
          expect(answer.status).toBe(ERROR_STATUS[code]);
        }),
        { numRuns: RUNS, ...SEED },
      );
      expect(lines.slice(before).filter((line) => line.includes('"level":50'))).toEqual([]);
    },
    60_000 + RUNS * 20,
  );
});
