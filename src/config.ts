/**
 * Settings: the environment, checked once, as one frozen object. `SETTINGS` is the only list of them: `--help`, the
 * README's table and the checks come from it.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { isNatsUrl, NATS_URL_RULE } from "./broker/address.ts";

/** Largest target uid and largest exact integer of a JavaScript number. */
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
/** Descriptors kept back from sockets: database, broker, log, listener, files being read. */
const RESERVED_FILES = 200;
/** More than any machine has use for; past it somebody mistook the setting. */
const MOST_WORKERS = 256;

const integer = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^\d{1,16}$/, "must be a whole number")
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be from ${min} to ${max}`);

const url = (...schemes: string[]) =>
  z.string().refine(
    (text) => {
      const parsed = URL.parse(text);
      return parsed !== null && schemes.includes(parsed.protocol.slice(0, -1));
    },
    `must be a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`,
  );

const workers = z
  .string()
  .trim()
  .transform((text) => (text === "auto" ? availableParallelism() : /^\d{1,16}$/.test(text) ? Number(text) : 0))
  .refine((n) => n >= 1 && n <= MOST_WORKERS, `must be auto or a whole number from 1 to ${MOST_WORKERS}`);

const readableFile = z.string().refine((path) => {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}, "must name a file that can be read");

export interface Setting<T extends z.ZodType = z.ZodType> {
  schema: T;
  /** The default as a person would write it; none: unset. */
  default?: string;
  /** What the default is where it is worked out at start. */
  defaultSays?: string;
  says: string;
}
const setting = <T extends z.ZodType>(schema: T, says: string, extra: Partial<Setting<T>> = {}): Setting<T> => ({
  schema,
  says,
  ...extra,
});

/** Every setting, in the order in which `--help` shows it. */
export const SETTINGS = {
  HOST: setting(z.string().min(1, "must not be empty"), "address to listen on", { default: "0.0.0.0" }),
  PORT: setting(integer(0, 65535), "TCP port; 0 takes a free one and prints it", { default: "8080" }),
  DATABASE_URL: setting(
    url("postgres", "postgresql").optional(),
    "postgres://…: PostgreSQL; unset: the embedded database",
  ),
  DATA_DIR: setting(z.string().min(1, "must not be empty"), "the embedded database's folder; memory:// keeps nothing", {
    default: "./data",
  }),
  RESOURCES_DIR: setting(
    z.string().optional(),
    "folder with your own languages_cn.json, languages_en.json, locations_cn.json, locations_en.json; unset: those that come along",
  ),
  NATS_URL: setting(
    z
      .string()
      .refine((text) => text.split(",").every(isNatsUrl), NATS_URL_RULE)
      .optional(),
    "nats://user:password@host:4222, or tls://…, several with commas: joins the nodes of a cluster; unset: alone",
  ),
  WORKERS: setting(
    workers,
    "processes that share the port; auto: one for each core; more than 1 need DATABASE_URL and NATS_URL",
    { default: "1" },
  ),
  TOKEN_TTL_SECONDS: setting(integer(1, 315_360_000), "seconds that a token lives", { default: "604800" }),
  MAX_FRAME_BYTES: setting(integer(36, 16 * 1024 * 1024), "largest frame taken; a larger one closes with 1009", {
    default: "65536",
  }),
  MAX_SOCKETS_PER_USER: setting(integer(1, 1000), "past it a user's oldest socket is closed with 4002", {
    default: "8",
  }),
  MAX_CONNECTIONS: setting(
    integer(1, 10_000_000).optional(),
    "sockets of one process (each of WORKERS has as many); past it an upgrade gets 503 with Retry-After",
    { defaultSays: `the process's file limit less ${RESERVED_FILES}` },
  ),
  UPGRADES: setting(
    integer(0, 1_000_000_000),
    "sockets that one user may open in 10 s, counted by each process, one closed with 1008 being half of them; past it 429; 0: no limit",
    { default: "100" },
  ),
  MESSAGE_RATE: setting(integer(0, 10_000_000), "frames a second for one socket; 0: no limit", { default: "2000" }),
  MESSAGE_BURST: setting(integer(1, 100_000_000), "frames that a socket may run ahead of MESSAGE_RATE", {
    default: "20000",
  }),
  UNCONFIRMED_BYTES: setting(
    integer(1 << 20, 2 ** 40),
    "bytes of frames held in memory until confirmed or stored; past it a frame is refused: nack, or 1013",
    { default: String(256 << 20) },
  ),
  UNCONFIRMED_BYTES_PER_USER: setting(
    integer(1 << 16, 2 ** 40),
    "the same for one target; past it the target's sockets are closed with 1013 and the frames stored",
    { default: String(16 << 20) },
  ),
  MAILBOX_QUEUE_BYTES: setting(
    integer(1 << 16, 2 ** 40),
    "bytes of frames for offline users that wait to be stored; past it a frame is refused: nack, or 1013",
    { default: String(64 << 20) },
  ),
  MAILBOX_FLUSH_MS: setting(integer(0, 1000), "ms that a batch for the mailboxes waits for more", { default: "5" }),
  MAILBOX_BATCH: setting(integer(1, 10_000), "frames in one batch for the mailboxes; the embedded database takes 200", {
    default: "2000",
  }),
  MAILBOX_FRAMES: setting(integer(1, 10_000_000), "frames that may wait for one user; past it: nack mailbox_full", {
    default: "10000",
  }),
  MAILBOX_BYTES: setting(integer(36, 2 ** 40), "bytes that may wait for one user", { default: String(64 << 20) }),
  MAILBOX_DAYS: setting(integer(1, 3650), "days that a frame waits", { default: "30" }),
  HISTORY_DAYS: setting(
    integer(0, 3650),
    "days that conversations are kept for /conversations and /history; 0: not at all",
    {
      default: "30",
    },
  ),
  HISTORY_QUEUE_BYTES: setting(
    integer(1 << 16, 2 ** 40),
    "bytes of frames that wait to be kept; past it frames are left out of the history, never of the relay",
    { default: String(32 << 20) },
  ),
  LOGIN_FAILURES: setting(
    integer(0, 1_000_000),
    "wrong passwords for one uname, taken or not, in 15 min, five times as many from one address; 0: no limit",
    { default: "20" },
  ),
  REGISTRATIONS: setting(integer(0, 10_000_000), "registrations from one address in an hour; 0: no limit", {
    default: "1000",
  }),
  WRONG_TOKENS: setting(
    integer(0, 1_000_000_000),
    "wrong tokens from one address in 10 s, counted by each process; past it calls with a token get 429; 0: no limit",
    { default: "1000" },
  ),
  PROFILES_SHOWN: setting(
    integer(0, 1_000_000_000),
    "profiles of others that one user is shown in an hour by each process; 0: no limit",
    { default: "10000" },
  ),
  TRUST_PROXY: setting(integer(0, 16), "how many proxies' X-Forwarded-For entries to believe", { default: "0" }),
  ALLOWED_ORIGINS: setting(
    z
      .string()
      .transform((text) => text.split(",").map((origin) => origin.trim()))
      .refine(
        (origins) => origins.every((origin) => origin === "*" || URL.parse(origin)?.origin === origin),
        "must be * or a comma-separated list of origins such as https://app.example.com",
      ),
    "Origins that a browser may open a socket or call from, comma-separated; the server's own pages always may",
    { default: "*" },
  ),
  TLS_CERT: setting(
    readableFile.optional(),
    "PEM file; with TLS_KEY the server speaks https and wss; a changed file is taken within 10 s, open sockets stay",
  ),
  TLS_KEY: setting(readableFile.optional(), "PEM file of the certificate's private key"),
  METRICS_TOKEN: setting(
    z.string().min(8, "must have 8 characters or more").optional(),
    "bearer token that /metrics then asks for",
  ),
  ADMIN_TOKEN: setting(
    z.string().min(32, "must have 32 characters or more").optional(),
    "bearer token that bun run admin and bun run backup show; unset: nobody can administer over HTTP",
  ),
  AUDIT_DAYS: setting(integer(1, 36_500), "days that the record of what administrators did is kept", {
    default: "365",
  }),
  LOG_LEVEL: setting(z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]), "least level logged", {
    default: "info",
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    url("http", "https").optional(),
    "http(s)://…: receiver of OpenTelemetry traces, OTLP over HTTP; unset: no traces. OTEL_EXPORTER_OTLP_HEADERS is heeded",
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    z
      .string()
      .trim()
      .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, "must be a number from 0 to 1")
      .transform(Number),
    "of traces that begin here the share that is kept, from 0 to 1; where a traceparent comes, its sender decides",
    { default: "1" },
  ),
  LOG_FORMAT: setting(z.enum(["pretty", "json"]).optional(), "pretty or json", {
    defaultSays: "pretty on a terminal, else json",
  }),
} satisfies Record<string, Setting>;

type Parsed = { [K in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[K]["schema"]> };

/** The settings as the program reads them: every field checked, every default filled in. */
export type Config = Readonly<
  Omit<Parsed, "MAX_CONNECTIONS" | "LOG_FORMAT"> & { MAX_CONNECTIONS: number; LOG_FORMAT: "pretty" | "json" }
>;

/** A setting that cannot be used. The message is one line that names each wrong one. */
export class ConfigError extends Error {}

/** What of the surroundings decides a default. */
export interface Surroundings {
  /** Soft limit of open files of this process. */
  fileLimit: number;
  terminal: boolean;
}

/**
 * Reads and checks the settings.
 * @throws ConfigError naming every wrong setting and what is wrong with it; an empty variable counts as unset
 */
export function readConfig(environment: Record<string, string | undefined>, surroundings: Surroundings): Config {
  const wrong: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries<Setting>(SETTINGS)) {
    const result = entry.schema.safeParse(environment[name] || entry.default);
    if (result.success) values[name] = result.data;
    else wrong.push(`${name}: ${result.error.issues[0]!.message}`);
  }
  if (Boolean(environment["TLS_CERT"]) !== Boolean(environment["TLS_KEY"])) {
    wrong.push("TLS_CERT, TLS_KEY: must be given together");
  }
  if (Number(values["WORKERS"]) > 1) {
    if (!environment["DATABASE_URL"])
      wrong.push("DATABASE_URL: needed by WORKERS: the embedded database is one process's own");
    if (!environment["NATS_URL"]) wrong.push("NATS_URL: needed by WORKERS: the processes reach each other through it");
  }
  if (wrong.length > 0) throw new ConfigError(wrong.join("; "));
  values["MAX_CONNECTIONS"] ??= Math.min(Math.max(surroundings.fileLimit - RESERVED_FILES, 1), MAX_SAFE);
  values["LOG_FORMAT"] ??= surroundings.terminal ? "pretty" : "json";
  return Object.freeze(values) as Config;
}

/** The text of `--help`. */
export function helpText(version: string): string {
  const rows = Object.entries<Setting>(SETTINGS).map(([name, entry]) => {
    const standard = entry.default ?? entry.defaultSays ?? "unset";
    return `  ${name.padEnd(22)}${entry.says} (default: ${standard})`;
  });
  return [
    `polyge ${version}: a messaging server`,
    "",
    "Usage: bun run start [--workers N] [--help | --version]",
    "",
    "  --workers N           the same as WORKERS=N",
    "",
    "Settings come from the environment:",
    ...rows,
    "",
  ].join("\n");
}
