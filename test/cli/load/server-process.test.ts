/** Programs that are to say their URL, and do not. */
import { expect, test } from "bun:test";
import { startServer } from "../../../src/cli/load/target/server-process.ts";

const program = (script: string) => ({
  name: "it",
  command: [process.execPath, "-e", script],
  environment: {},
});

test("a server that ends before it has said its URL is reported with what it said", async () => {
  const started = startServer(program("console.log('no database')"));
  await expect(started).rejects.toThrow("it did not start: it ended before it said its URL: no database");
});

test("a server that lives and says no URL in time is ended, and reported as late", async () => {
  const started = startServer(program("Bun.serve({ port: 0, fetch: () => new Response() })"), false, 100);
  await expect(started).rejects.toThrow("it did not start: it did not say its URL within 0.1 s");
});
