import { expect, test } from "bun:test";
import { Client, unique } from "./support/client.ts";
import { createPostgres } from "./support/databases.ts";
import { startNats } from "./support/nats.ts";
import { Peer } from "./support/peer.ts";
import { allowForStarts, settings, start, testOnCluster } from "./support/services.ts";

allowForStarts();

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  readonly status: { code: number };
}

/** What receives OTLP over HTTP and keeps it. */
class Receiver implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly #server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    routes: {
      "/v1/traces": async (request) => {
        this.texts.push(await request.text());
        return Response.json({});
      },
    },
  });

  get url(): string {
    return this.#server.url.href;
  }

  get spans(): OtlpSpan[] {
    return this.texts.flatMap((text) =>
      JSON.parse(text).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: OtlpSpan[] }[] }) =>
        scopeSpans.flatMap(({ spans }) => spans),
      ),
    );
  }

  named(name: string): OtlpSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

const attributeOf = ({ attributes }: OtlpSpan, key: string) => {
  const value = attributes.find((each) => each.key === key)?.value;
  return value?.stringValue ?? value?.intValue;
};

const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const FRAMES = 200;
const password = unique("secret-");

async function traced(endpoint: string, nats: string, changes: Record<string, string> = {}) {
  const url = await createPostgres();
  const { service } = await start({
    DATABASE_URL: url,
    NATS_URL: nats,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    ...changes,
  });
  return { service, client: new Client(service.url) };
}

testOnCluster(
  "a call, its queries, batches and connects to NATS are spans; the caller's trace goes on; frames are none",
  async () => {
    await using receiver = await Promise.resolve(new Receiver());
    await using nats = await startNats();
    const { service, client } = await traced(receiver.url, nats.url);
    const [ana, ben] = [await client.join({ pwd: password }), await client.join()];
    await client.send("/login", {
      method: "POST",
      headers: { traceparent: `00-${TRACE}-${PARENT}-01`, "x-request-id": "from-the-client" },
      body: new URLSearchParams({ uname: ana.uname, pwd: password }),
    });
    await client.get("/history", { token: ana.token, peer: ben.uid });
    const peer = await Peer.open(service.url, ana, { v2: true });
    for (let id = 1; id <= FRAMES; id++) peer.send(ben.uid, { msgId: BigInt(id), data: password });
    for (let id = 1; id <= FRAMES; id++) await peer.next("ack");
    peer.cut();
    await service.stop();

    const [login] = receiver.named("POST /login");
    expect(login).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: SERVER });
    expect(attributeOf(login!, "http.response.status_code")).toBe(200);
    expect(attributeOf(login!, "polyge.request_id")).toBe("from-the-client");
    const queries = receiver.spans.filter(({ traceId }) => traceId === TRACE);
    expect(
      queries.filter(({ parentSpanId, kind }) => parentSpanId === login!.spanId && kind === CLIENT).length,
    ).toBeGreaterThan(1);
    const [history] = receiver.named("GET /history");
    expect([history!.parentSpanId, attributeOf(history!, "user.id")]).toEqual([undefined, ana.uid]);
    expect(receiver.named("connect to NATS")).toMatchObject([{ kind: CLIENT }]);
    const stored = receiver.named("store frames").map((span) => Number(attributeOf(span, "db.operation.batch.size")));
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(FRAMES);
    expect(receiver.spans.length).toBeLessThan(FRAMES);
    expect(receiver.texts.join("")).not.toContain(password);
    expect(receiver.texts.join("")).not.toContain(ana.token);
  },
);

testOnCluster("a call that fails by the server's fault is marked, with a word and no detail", async () => {
  await using receiver = await Promise.resolve(new Receiver());
  await using nats = await startNats();
  const { service, client } = await traced(receiver.url, nats.url);
  await nats.stop();
  let status = 0;
  // The connection's end is heard a moment later.
  while (status !== 503) status = (await client.get("/readyz")).status;
  await service.stop();
  const failed = receiver.named("GET /readyz").filter(({ status: { code } }) => code === ERROR);
  expect(failed.length).toBeGreaterThan(0);
  expect(attributeOf(failed[0]!, "error.type")).toBe("503");
});

testOnCluster("nobody receives the traces: calls are answered and the service stops all the same", async () => {
  await using nats = await startNats();
  const { service, client } = await traced("http://127.0.0.1:9/", nats.url, { OTEL_TRACES_SAMPLER_ARG: "0.5" });
  await client.join();
  const started = performance.now();
  await service.stop();
  expect(performance.now() - started).toBeLessThan(5000);
});

test("the share of traces is a number from 0 to 1", () => {
  expect(settings({ OTEL_TRACES_SAMPLER_ARG: "0.25" }).OTEL_TRACES_SAMPLER_ARG).toBe(0.25);
  for (const wrong of ["1.5", "-1", "all"]) {
    expect(() => settings({ OTEL_TRACES_SAMPLER_ARG: wrong })).toThrow("must be a number from 0 to 1");
  }
});
