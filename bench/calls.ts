/**
 * What the calls of users cost at a million of them: `bun run bench:calls --database postgres://…`. Fills an empty database,
 * makes each call over HTTP, and writes the plan of every statement to docs/queries.md. Exit code 1 where a plan reads a table
 * from end to end.
 */
import { join } from "node:path";
import { askedOf, WrongArguments, whole } from "../src/cli/command/command.ts";
import { polyge } from "../src/cli/load/target/polyge.ts";
import { startServer } from "../src/cli/load/target/server-process.ts";
import { CASES, type CallCase } from "./calls/cases.ts";
import { fill, type World } from "./calls/ground.ts";
import { queriesPage } from "./calls/page.ts";
import { Explainer, type Plan, readsAll } from "./calls/plans.ts";

const HELP = `What the calls of users cost at a million of them, and the plan of every statement.

  bun run bench:calls --database postgres://… [options]

  --database URL    an empty database, which is filled
  --users N         default: 1000000
  --requests N      of each way to make a call; default: 200
  --concurrency N   at once; default: 4
  --only TEXT       ways whose name holds this
  --page FILE       where the plans go, "" for nowhere; default: docs/queries.md
  --help            this

Exit codes: 0; 1 a plan reads a table from end to end; 2 wrong arguments.
`;

const OPTIONS = {
  database: { type: "string" },
  users: { type: "string", default: "1000000" },
  requests: { type: "string", default: "200" },
  concurrency: { type: "string", default: "4" },
  only: { type: "string", default: "" },
  page: { type: "string", default: join(import.meta.dir, "../docs/queries.md") },
} as const;
const asked = askedOf("bench:calls", HELP, { options: OPTIONS }, ({ values }) => {
  if (!values.database) throw new WrongArguments("--database is missing; see --help");
  return {
    ...{ url: values.database, only: values.only, page: values.page },
    users: whole("users", values.users, 1e9),
    requests: whole("requests", values.requests, 1e6),
    concurrency: whole("concurrency", values.concurrency, 1000),
  };
});
const { url, requests } = asked;

/** Plans differ by their arguments: so many are looked at of each way. */
const LOOKS = 3;

export interface Figures {
  readonly p50: number;
  readonly p99: number;
}

const nameOf = ({ path, way }: CallCase) => (way === "" ? path : `${path}: ${way}`);

/** @returns ms */
async function call(server: string, each: CallCase, world: World, turn: number): Promise<number> {
  const asker = world.askers[turn % world.askers.length]!;
  const args = Object.entries({ ...each.arguments(world, asker), token: asker.token });
  const body = new URLSearchParams(args.map(([name, value]): [string, string] => [name, String(value)]));
  const started = performance.now();
  const response = await fetch(server + each.path, { method: "POST", body });
  const answer = (await response.json()) as { success: boolean; msg: string };
  if (!answer.success && response.status !== 404) throw new Error(`${nameOf(each)}: ${response.status} ${answer.msg}`);
  return performance.now() - started;
}

async function measure(server: string, each: CallCase, world: World): Promise<Figures> {
  const times: number[] = [];
  // Who ends an account ends it once.
  const most = each.path === "/delete_account" ? Math.min(requests, world.askers.length) : requests;
  let turn = 0;
  const worker = async () => {
    while (turn < most) times.push(await call(server, each, world, turn++));
  };
  await Promise.all(Array.from({ length: asked.concurrency }, worker));
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

const world = await fill(url, asked.users);
const cases = CASES.filter((each) => nameOf(each).includes(asked.only));
const explainer = new Explainer(url);
const found: { name: string; plans: Plan[] }[] = [];
for (const each of cases) {
  const plans: Plan[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const asker = world.askers[look]!;
    const args = each.arguments(world, asker);
    plans.push(...(await explainer.plansOf((database) => each.queries(database, args, asker))));
  }
  found.push({ name: nameOf(each), plans });
}
await explainer.end();

const figures = new Map<string, Figures>();
{
  await using server = await startServer(polyge({ DATABASE_URL: url, PROFILES_SHOWN: "0", LOGIN_FAILURES: "0" }));
  const http = `http://${new URL(server.url).host}`;
  // A server that has just started compiles what it runs: its first calls are nobody's figure.
  await measure(http, CASES[0]!, world);
  for (const each of cases) {
    const taken = await measure(http, each, world);
    figures.set(nameOf(each), taken);
    console.log(`${nameOf(each).padEnd(70)} p50 ${taken.p50.toFixed(1)} ms  p99 ${taken.p99.toFixed(1)} ms`);
  }
}

const wrong = found.flatMap(({ name, plans }) =>
  plans.flatMap((plan) => readsAll(plan) ?? []).map((what) => `${name}: ${what}`),
);
for (const each of new Set(wrong)) console.log(`reads all: ${each}`);
if (asked.page !== "") await Bun.write(asked.page, queriesPage(found, world.users));
const judged = cases.filter(({ hashes }) => !hashes).map((each) => figures.get(nameOf(each))!.p99);
console.log(
  `${cases.length} ways, ${wrong.length} plans read a table whole, greatest p99 ${Math.max(...judged).toFixed(1)} ms`,
);
process.exit(wrong.length > 0 ? 1 : 0);
