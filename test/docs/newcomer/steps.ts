/** What a newcomer with nothing but Node.js types, in this order: each command of README.md, and some of docs. */

export interface Step {
  /** As a page has it. */
  readonly command: string;
  /** Where it has a placeholder: with a value for that, and nothing else changed. `$DATABASE`, `$NATS`: theirs. */
  readonly filled?: string;
  /** What is typed without `--full`, where its own size takes long. */
  readonly short?: string;
  /** What it is to say before Ctrl-C; without it the command ends by itself. */
  readonly until?: string;
  /** Goes on until a step comes that is not `beside` it. */
  readonly stays?: true;
  readonly beside?: true;
  /** Lines for its standard input. */
  readonly input?: string;
  readonly needs?: "PostgreSQL" | "PostgreSQL and NATS";
  /** How it ends, where that need not be 0; where there is a short form, that one: the full size keeps its bounds. */
  readonly codes?: readonly number[];
}

/** @param full as long as it may take */
export const typedFor = ({ command, filled, short }: Step, full: boolean): string =>
  (full ? undefined : short) ?? filled ?? command;

const LISTENS = "listens on";

export const STEPS: readonly Step[] = [
  { command: "npx -y bun@1.4.5 run start", until: LISTENS },
  { command: "bun run start", until: LISTENS, stays: true },
  { command: "ANA=$(bun examples/join.ts ana)", beside: true },
  { command: "BEN=$(bun examples/join.ts ben)", beside: true },
  { command: 'bun examples/send.ts ben "$ANA" "你好, Ana"', beside: true },
  { command: "bun examples/listen.ts ana", until: "from user 2: 你好, Ana", beside: true },
  { command: "bun run chat cai --register", input: "correct-horse\n/quit\n", beside: true },
  {
    command: "bun run chat dan --register --to UID",
    filled: 'bun run chat dan --register --to "$ANA"',
    input: "correct-horse\nhello\n/quit\n",
    beside: true,
  },
  { command: "bun run start --help" },
  { command: "bun run build" },
  { command: "bun run build:client" },
  { command: "bun run backup --out polyge.gz --data-dir ./data" },
  { command: "bun run restore polyge.gz --check" },
  { command: "bun run restore polyge.gz --data-dir ./fresh" },
  { command: "bun run admin --help" },
  {
    command: "bun run start --workers 4",
    filled: 'DATABASE_URL="$DATABASE" NATS_URL="$NATS" bun run start --workers 4',
    until: LISTENS,
    needs: "PostgreSQL and NATS",
  },
  { command: "bun run check" },
  { command: "bun test test/http test/accounts" },
  { command: "bun test test/store/start.test.ts" },
  { command: "bun test test/catalogues" },
  { command: "bun test test/delivery/model.test.ts" },
  { command: "bun test test/store/mailbox.test.ts" },
  { command: "bun test test/client" },
  { command: "bun test test/web" },
  { command: "bun test test/workers" },
  { command: "bun run audit", codes: [0, 2] },
  {
    command: "bun run accounts --count N --out FILE",
    filled: "bun run accounts --count 1000 --out acc.tsv",
  },
  { command: "bun run test:fuzz --seconds N --seed N", filled: "bun run test:fuzz --seconds 10 --seed 1" },
  { command: "bun run bench:codec" },
  { command: "bun run bench", short: "bun run bench --quick" },
  {
    command: "bun run bench:compare OLD.json NEW.json",
    filled: "bun run bench:compare bench/results/latest.json bench/results/latest.json",
  },
  { command: "bun run load" },
  { command: "bun run load:twice", codes: [0, 1] },
  { command: "bun run test:sdk" },
  { command: 'bun run test:faults "server stopped"', short: 'bun run test:faults --small "server stopped"' },
  { command: "bun run test:faults", short: "bun run test:faults --small", needs: "PostgreSQL" },
  { command: "bun run test:abuse", short: "bun run test:abuse --small", needs: "PostgreSQL" },
  { command: "bun run soak", short: "bun run soak --minutes 1", codes: [0, 1], needs: "PostgreSQL" },
  {
    command: "bun run bench:history --database postgres://…",
    filled: 'bun run bench:history --database "$DATABASE"',
    short: 'bun run bench:history --database "$DATABASE" --users 10000 --messages 100000 --seconds 2',
    codes: [0, 1],
    needs: "PostgreSQL",
  },
  {
    command: "bun run bench:calls --database postgres://…",
    filled: 'bun run bench:calls --database "$DATABASE"',
    short: 'bun run bench:calls --database "$DATABASE" --users 10000 --requests 20',
    codes: [0, 1],
    needs: "PostgreSQL",
  },
  {
    command: "bun run bench:cluster --database … --nats …",
    filled: 'bun run bench:cluster --database "$DATABASE" --nats "$NATS"',
    short: 'bun run bench:cluster --database "$DATABASE" --nats "$NATS" --sizes 1000 --nodes 2 --seconds 10',
    needs: "PostgreSQL and NATS",
  },
  { command: "bun run test" },
];
