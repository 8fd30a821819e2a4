import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";
import { createPostgres } from "../support/databases.ts";
import { startNats } from "../support/nats.ts";
import { allowForStarts, testOnCluster } from "../support/services.ts";
import { outcome, Processes } from "./processes.ts";

allowForStarts();

/** Where nobody needs to be: these starts end before. */
const NATS_URL = "nats://127.0.0.1:4222";
const NOWHERE = "postgres://postgres@127.0.0.1:1/absent";

const oneLine = (start: string) => expect.stringMatching(new RegExp(`^polyge: ${start}[^\\n]*\\n$`));

describe("several workers that cannot start say why in one line", () => {
  test.each([
    ["no database that they could share", { NATS_URL }, "DATABASE_URL: needed by WORKERS"],
    ["no way to reach each other", { DATABASE_URL: NOWHERE }, "NATS_URL: needed by WORKERS"],
    ["neither", {}, "DATABASE_URL: .*; NATS_URL: "],
  ])("%s: exit 2", async (_, environment, start) => {
    for (const said of [outcome({ ...environment, WORKERS: "3" }), outcome({ ...environment }, "--workers", "3")]) {
      expect(await said).toEqual({ code: 2, out: "", err: oneLine(start) });
    }
  });

  test.each(["0", "-1", "2.5", "many", "257"])("%s workers: exit 2", async (count) => {
    expect(await outcome({}, `--workers=${count}`)).toEqual({
      code: 2,
      out: "",
      err: oneLine("WORKERS: must be auto or a whole number from 1 to 256"),
    });
  });

  test("a number that is missing, or something after it: exit 2", async () => {
    expect(await outcome({}, "--workers")).toEqual({ code: 2, out: "", err: oneLine("--workers needs a number") });
    expect(await outcome({}, "--workers", "1", "2")).toMatchObject({ code: 2, err: oneLine('unknown argument "2"') });
  });

  test("what the supervisor tells a worker is nobody else's to say: exit 2", async () => {
    expect(await outcome({}, "--worker", "1", "join")).toMatchObject({ code: 2, err: oneLine("unknown argument") });
  });

  test("database unreachable: exit 1, said once for all", async () => {
    expect(await outcome({ DATABASE_URL: NOWHERE, NATS_URL, WORKERS: "3" })).toEqual({
      code: 1,
      out: "",
      err: oneLine("DATABASE_URL: cannot reach 127\\.0\\.0\\.1:1 "),
    });
  });

  testOnCluster("port taken by another program or by other workers: exit 1", async () => {
    await using nats = await startNats();
    const database = { DATABASE_URL: await createPostgres(), NATS_URL: nats.url };
    const environment = { ...database, WORKERS: "2", LOG_LEVEL: "warn" };
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const byAnother = await outcome({ ...environment, PORT: String(port) });
    server.close();
    expect(byAnother).toEqual({ code: 1, out: "", err: oneLine("HOST, PORT: .*: the port is taken") });

    await using first = await Processes.start(environment);
    for (const count of ["1", "2"]) {
      const second = await outcome({ ...environment, PORT: first.port, WORKERS: count });
      expect(second).toEqual({ code: 1, out: "", err: oneLine("HOST, PORT: .*: the port is taken") });
    }
    expect(await first.untilAllServe(2)).toHaveLength(2);
  });
});
