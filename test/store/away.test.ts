import { afterAll, describe, expect } from "bun:test";
import { Client, person } from "../support/client.ts";
import { createPostgres } from "../support/databases.ts";
import { allowForStarts, start, testOnPostgres } from "../support/services.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

allowForStarts();

/** The service reconnects by itself, and says so when asked. */
const recovers = (client: Client) =>
  until("the service is ready again", async () => (await client.get("/readyz")).status === 200);

describe("the database goes away and comes back", () => {
  const wires: Wire[] = [];
  afterAll(() => {
    for (const wire of wires) wire.close();
  });

  async function wired() {
    const wire = new Wire(new URL(await createPostgres()));
    wires.push(wire);
    const { service, lines } = await start({ DATABASE_URL: await wire.open(), LOG_FORMAT: "json" });
    const client = new Client(service.url);
    const logged = (msg: string) => lines.filter((line) => JSON.parse(line).msg === msg).length;
    const up = async () => /^polyge_database_up (\d)$/m.exec((await client.get("/metrics")).body)![1];
    return { wire, client, logged, up };
  }

  testOnPostgres("cut off: calls answer 503 with Retry-After, the process lives and recovers", async () => {
    const { wire, client, logged, up } = await wired();
    const { uname, pwd, token } = await client.join();
    expect(await up()).toBe("1");
    wire.cut = true;
    for (const answer of await Promise.all([
      client.get("/login", { uname, pwd }),
      client.get("/register", person()),
      client.get("/logout", { token }),
      client.get("/check_uname", { uname }),
      client.get("/readyz"),
    ])) {
      expect([answer.status, answer.body.code]).toEqual([503, "unavailable"]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await client.get("/healthz")).status).toBe(200);
    expect([await up(), logged("the database is away"), logged("the database is back")]).toEqual(["0", 1, 0]);
    wire.cut = false;
    await recovers(client);
    expect([await up(), logged("the database is away"), logged("the database is back")]).toEqual(["1", 1, 1]);
    expect((await client.get("/login", { uname, pwd })).body.success).toBe(true);
  });

  testOnPostgres("frozen: a call answers 503 within seconds, and fresh connections replace the hung ones", async () => {
    const { wire, client } = await wired();
    const { uname, pwd } = await client.join();
    wire.frozen = true;
    const started = performance.now();
    expect((await client.get("/login", { uname, pwd })).status).toBe(503);
    expect(performance.now() - started).toBeLessThan(8000);
    wire.frozen = false;
    await recovers(client);
    expect((await client.get("/login", { uname, pwd })).body.success).toBe(true);
  });
});
