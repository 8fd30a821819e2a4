/**
 * History at full size: `bun run bench:history --database postgres://…/postgres`. Makes a database of its own beside that
 * one, fills it, asks the calls over HTTP, writes batches, prints every statement's plan, drops it. Exit code 1: a call took
 * longer than it may, or a statement scans a table.
 */
import { randomBytes } from "node:crypto";
import { build } from "hdr-histogram-js";
import postgres from "postgres";
import { drawToken, hashOf } from "../src/accounts/secrets.ts";
import { askedOf, WrongArguments, whole } from "../src/cli/command/command.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { startServer } from "../src/cli/load/target/server-process.ts";
import { openDatabase } from "../src/store/database.ts";
import { History } from "../src/store/history.ts";
import { fill, type Size } from "./history/fill.ts";
import { plansOf, someBatch } from "./history/plans.ts";

const P99_MS = 20;
const READERS = 500;
const CALLS = 3000;
const AT_ONCE = 4;
const BATCH = 1000;
/** Batches before what is measured. */
const WARM_UP = 20;
const DAYS = "3650";

const HELP = `History at full size: how long its calls take, what batches cost, and every statement's plan.

  bun run bench:history --database postgres://…/postgres [options]

  --database URL   of a user who may create databases; a database of its own is made beside that one
  --users N        default: 1000000
  --messages N     default: 10000000
  --seconds N      how long batches are written; default: 10
  --keep           the database is kept, and said
  --reuse NAME     one that was kept, in place of a new one
  --help           this

Exit codes: 0; 1 a call took longer than it may, or a statement scans a table; 2 wrong arguments.
`;

const OPTIONS = {
  database: { type: "string" },
  users: { type: "string", default: "1000000" },
  messages: { type: "string", default: "10000000" },
  seconds: { type: "string", default: "10" },
  keep: { type: "boolean", default: false },
  reuse: { type: "string" },
} as const;
const asked = askedOf("bench:history", HELP, { options: OPTIONS }, ({ values }) => {
  const { database, keep, reuse } = values;
  if (!database) throw new WrongArguments("--database is missing; see --help");
  const size: Size = { users: whole("users", values.users, 1e9), messages: whole("messages", values.messages, 1e12) };
  return { database, size, seconds: whole("seconds", values.seconds, 86_400), keep, reuse };
});
const { size } = asked;

interface Reader {
  readonly uid: number;
  readonly token: string;
  readonly peers: readonly number[];
}

/** Half of them write a lot, half are anybody; with whom each has talked. */
async function readersOf(url: string): Promise<Reader[]> {
  const sql = postgres(url, { max: 1 });
  try {
    const readers: Reader[] = [];
    for (let i = 0; i < READERS; i++) {
      const uid = 1 + Math.floor(Math.random() * (i % 2 === 0 ? 1000 : size.users));
      const token = drawToken();
      const peers = await sql`select peer from conversations where owner = ${uid} order by last_id desc limit 50`;
      if (peers.length === 0) continue;
      await sql`insert into tokens (uid, client_id, hash, expires_at) values (${uid}, 1, ${hashOf(token)}, now() + interval '1 day')`;
      readers.push({ uid, token, peers: peers.map(({ peer }) => Number(peer)) });
    }
    return readers;
  } finally {
    await sql.end();
  }
}

/** @returns ms at the 50th and 99th percentile, and the longest */
async function timed(
  url: string,
  readers: readonly Reader[],
  args: (reader: Reader) => Record<string, string | number>,
  path: string,
) {
  const histogram = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
  let left = CALLS;
  const ask = async () => {
    while (left-- > 0) {
      const reader = readers[Math.floor(Math.random() * readers.length)]!;
      const form = new URLSearchParams({ token: reader.token });
      for (const [name, value] of Object.entries(args(reader))) form.set(name, String(value));
      const started = performance.now();
      const { success } = (await (await fetch(`${url}${path}?${form}`)).json()) as {
        success: boolean;
      };
      if (!success) throw new Error(`${path} failed`);
      if (left < CALLS * 0.9) histogram.recordValue(Math.round((performance.now() - started) * 1000));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return [50, 99, 100].map((percentile) => histogram.getValueAtPercentile(percentile) / 1000);
}

/** Batches one after the other. */
async function written(url: string): Promise<string> {
  const database = await openDatabase({ url, directory: "" });
  const history = new History(database, Number(DAYS));
  const batches = Array.from({ length: 50 }, () => someBatch(size.users, BATCH));
  const write = async (count: number) => {
    const batch = batches[count % batches.length]!;
    // Other fingerprints each time round, or it would be there already.
    await history.append(batch.map((each) => ({ ...each, fingerprint: each.fingerprint + BigInt(count) })));
  };
  for (let count = 0; count < WARM_UP; count++) await write(count);
  const cpu = process.cpuUsage();
  const started = performance.now();
  let count = 0;
  while (performance.now() - started < asked.seconds * 1000) {
    await write(WARM_UP + count);
    count++;
  }
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await database.close();
  return `${Math.round((count * BATCH) / seconds)} messages written a second, without the rests that the server takes; ${((user + system) / count / BATCH).toFixed(1)} µs of the server's CPU each`;
}

const admin = postgres(asked.database, { max: 1 });
const name = asked.reuse ?? `polyge_bench_${randomBytes(4).toString("hex")}`;
const own = new URL(asked.database);
own.pathname = `/${name}`;
let failed = false;
try {
  if (asked.reuse === undefined) {
    await admin.unsafe(`create database ${name}`);
    await fill(own.href, size, (line) => console.error(line));
  }
  const [{ bytes }] = (await admin`select pg_database_size(${name}) as bytes`) as never as [{ bytes: string }];
  console.log(`${size.messages} messages of ${size.users} users take ${(Number(bytes) / 2 ** 30).toFixed(1)} GiB`);
  const readers = await readersOf(own.href);
  {
    await using server = await startServer(polyge({ DATABASE_URL: own.href, HISTORY_DAYS: DAYS }));
    const url = server.url.replace("ws:", "http:").replace("/wsconn", "");
    const any = (list: readonly number[]) => list[Math.floor(Math.random() * list.length)]!;
    for (const [path, what, args] of [
      // What a call costs that asks nothing: how busy the machine is.
      ["/version", "for comparison", () => ({})],
      ["/conversations", "first page", () => ({})],
      ["/conversations", "100 from a cursor", () => ({ limit: 100, cursor: Math.ceil(Math.random() * size.messages) })],
      ["/history", "first page", ({ peers }: Reader) => ({ peer: any(peers) })],
      [
        "/history",
        "200 before a cursor",
        ({ peers }: Reader) => ({ peer: any(peers), limit: 200, before: Math.ceil(Math.random() * size.messages) }),
      ],
      [
        "/history",
        "after a cursor",
        ({ peers }: Reader) => ({ peer: any(peers), after: Math.ceil(Math.random() * size.messages) }),
      ],
      ["/mark_read", "all", ({ peers }: Reader) => ({ peer: any(peers) })],
    ] as const) {
      const [p50, p99, most] = (await timed(
        url,
        readers,
        args as (reader: Reader) => Record<string, number>,
        path,
      )) as [number, number, number];
      if (p99 > P99_MS && path !== "/version") failed = true;
      console.log(`${path}, ${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
    }
  }
  console.log(await written(own.href));
  for (const { of, lines } of await plansOf(own.href, size.users)) {
    const scans = lines.some((line) => /Seq Scan/.test(line));
    if (scans) failed = true;
    console.log([`\n${of}${scans ? ": SCANS A TABLE" : ""}`, ...lines.map((line) => `  ${line}`)].join("\n"));
  }
} finally {
  if (asked.keep) console.log(`kept: --reuse ${name}`);
  else await admin.unsafe(`drop database if exists ${name} with (force)`);
  await admin.end({ timeout: 5 });
}
process.exit(failed ? 1 : 0);
