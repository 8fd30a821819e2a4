/** A little of one seed here; `bun run test:fuzz --seconds N --seed N` for as long as one likes. */
import { beforeAll, expect, test } from "bun:test";
import Ajv, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { ERROR_STATUS } from "../../src/protocol/codes.ts";
import { type Answer, Client } from "../support/client.ts";
import type { Peer } from "../support/peer.ts";
import { ADMIN_TOKEN, METRICS_TOKEN, onEachDatabase, sharedService } from "../support/services.ts";
import { stageOn } from "../support/stage.ts";
import { extent, LIMIT_MS, SEED, say } from "./extent.ts";
import { FrameCheck, streams } from "./frames.ts";
import { messages, wrongAnswerTo } from "./messages.ts";
import { type FuzzRequest, requests } from "./requests.ts";

const REQUESTS = 150;
const MESSAGES = 150;
const STREAMS = 12;
/** Garbage, buffers and the test's own books, for any number of frames. */
const MAX_GROWTH_BYTES = 300e6;
/** The HTTP server takes 16 KiB of URL and headers together. */
const LONGEST_URL = 15_000;
/** Below MESSAGE_BURST, so that what is said of a message is said of the message. */
const MESSAGES_OF_ONE_SOCKET = 500;

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** Calls that answer with something else than our JSON. */
const PAGES = ["/", "/status", "/docs", "/metrics", "/openapi.json", "/asyncapi.json", "/admin/users/export"];
const isPage = (path: string) => PAGES.includes(path) || path.startsWith("/resources/");

onEachDatabase("random requests", (kind) => {
  let client: Client;
  let lines: string[];
  let users: { uid: number; uname: string; pwd: string; token: string }[];
  const successes = new Map<string, ValidateFunction>();

  /** What the OpenAPI document says of a success, to be checked. */
  function noteAnswers(paths: Record<string, Record<string, Operation>>): void {
    const ajv = addFormats(new Ajv({ strict: false, formats: { base64: true } }));
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const schema = responses["200"]?.content?.["application/json"]?.schema;
        if (schema) successes.set(`${method.toUpperCase()} ${path}`, ajv.compile(schema));
      }
    }
  }

  beforeAll(async () => {
    const shared = await sharedService(kind);
    client = new Client(shared.service.url);
    lines = shared.lines;
    users = [await client.join(), await client.join()];
    noteAnswers((await client.get("/openapi.json")).body.paths);
  });

  function send({ path, method, query, body, authorization }: FuzzRequest): Promise<Answer> {
    const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
    if (body) headers["Content-Type"] = body.type;
    const target = query === "" ? path : `${path}?${query}`;
    return new Client(client.url).send(target, { method, headers, ...(body && { body: body.text }) });
  }

  function check(request: FuzzRequest, { status, body }: Answer): void {
    if (isPage(request.path) && status === 200) return;
    // Too long for the HTTP server, which answers for itself.
    if (status === 431) return expect(request.path.length + request.query.length).toBeGreaterThan(LONGEST_URL);
    if (body.success === true) {
      const fits = successes.get(`${request.method} ${request.path}`);
      if (status === 200) expect(fits?.(body) || fits?.errors).toBe(true);
      return expect([200, 302]).toContain(status);
    }
    const code = body.code as keyof typeof ERROR_STATUS;
    expect(body).toEqual({ success: false, msg: expect.any(String), rs: "", code });
    expect(code).not.toBe("internal");
    expect(status).toBe(ERROR_STATUS[code]);
  }

  /** Some calls end tokens, or users with them. Whoever comes anew comes from another address, for the limits. */
  async function revive(): Promise<void> {
    for (const [at, { token }] of users.entries()) {
      if ((await client.get("/profile", { token })).status === 401) users[at] = await new Client(client.url).join();
    }
  }

  test(
    "an answer as the reference says, or a code of the closed set: never 500",
    async () => {
      const before = lines.length;
      const document = (await client.get("/openapi.json")).body;
      const known = {
        token: ["{token 0}", "{token 1}"],
        uid: users.map(({ uid }) => String(uid)),
        peer: users.map(({ uid }) => String(uid)),
        user: users.map(({ uname }) => uname),
        uname: users.map(({ uname }) => uname),
        pwd: users.map(({ pwd }) => pwd),
        authorization: [`Bearer ${ADMIN_TOKEN}`, `Bearer ${METRICS_TOKEN}`, "Bearer {token 0}"],
      };
      let count = 0;
      let good = 0;
      await fc.assert(
        fc.asyncProperty(requests(document, known), async (template) => {
          const request = withTokens(template, users);
          const answer = await send(request);
          count++;
          if (answer.status < 400) good++;
          check(request, answer);
          if (/logout|refresh|delete|password/.test(request.path)) await revive();
        }),
        extent(REQUESTS),
      );
      expect(lines.slice(before).filter((line) => line.includes('"level":50'))).toEqual([]);
      // Otherwise nothing but refusals was tried.
      expect(good).toBeGreaterThan(count / 10);
      say(`requests [${kind}]`, count);
    },
    LIMIT_MS,
  );
});

onEachDatabase("random text messages", (kind) => {
  const stage = stageOn(kind);

  test(
    "each gets the error that it must get, or none, and the socket stays",
    async () => {
      const login = await stage.join();
      let peer: Peer = await stage.open(login, { v2: true });
      let count = 0;
      await fc.assert(
        fc.asyncProperty(messages, async (text) => {
          if (++count % MESSAGES_OF_ONE_SOCKET === 0) {
            peer.cut();
            peer = await stage.open(login, { v2: true });
          }
          expect(await wrongAnswerTo(peer, text)).toBeUndefined();
        }),
        extent(MESSAGES),
      );
      say(`text messages [${kind}]`, count);
    },
    LIMIT_MS,
  );
});

onEachDatabase("random frames", (kind) => {
  const stage = stageOn(kind);

  test(
    "the right ones arrive, in order, and nothing else does",
    async () => {
      const before = residentBytes();
      const check = await FrameCheck.on(stage);
      let count = 0;
      await fc.assert(
        fc.asyncProperty(streams, async (stream) => {
          count += await check.stream(stream);
        }),
        extent(STREAMS),
      );
      expect(residentBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
      say(`frames [${kind}]`, count);
    },
    LIMIT_MS,
  );

  test("random bytes after the upgrade end that connection only", async () => {
    const check = await FrameCheck.on(stage);
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 500 });
    await fc.assert(
      fc.asyncProperty(bytes, (each) => check.bytes(each)),
      { seed: SEED, numRuns: 30 },
    );
  });
});

/** Of this process, the generator's garbage not counted. */
function residentBytes(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

/** Tokens die while we go, so what is drawn holds a place for one. */
function withTokens(template: FuzzRequest, users: readonly { token: string }[]): FuzzRequest {
  const filled = (text: string) =>
    users.reduce((all, { token }, at) => {
      const place = `{token ${at}}`;
      const escaped = Buffer.from(place).reduce((hex, byte) => `${hex}%${byte.toString(16)}`, "");
      return all.replaceAll(place, token).replaceAll(escaped, token);
    }, text);
  const { query, body, authorization } = template;
  return {
    ...template,
    query: filled(query),
    body: body && { ...body, text: filled(body.text) },
    authorization: authorization && filled(authorization),
  };
}
