/** Polyge as it is measured: every check on, nothing from the surroundings. */
import { fileURLToPath } from "node:url";
import type { ServerProgram } from "./server-process.ts";

const SERVER = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** @param settings environment variables: DATABASE_URL or DATA_DIR, and what else differs */
export const polyge = (settings: Readonly<Record<string, string>>): ServerProgram => ({
  name: "Polyge",
  command: [process.execPath, SERVER],
  environment: {
    HOST: "127.0.0.1",
    PORT: "0",
    WORKERS: "1",
    // An empty variable counts as unset: what the surroundings say is another service's.
    DATABASE_URL: "",
    NATS_URL: "",
    METRICS_TOKEN: "",
    TLS_CERT: "",
    TLS_KEY: "",
    // The limit counts each frame all the same; a loop on few sockets is just not to reach it.
    MESSAGE_RATE: "10000000",
    MESSAGE_BURST: "10000000",
    UPGRADES: "0",
    REGISTRATIONS: "0",
    // What it costs to keep history is measured on its own: `bun run bench --servers polyge,polyge-history`.
    HISTORY_DAYS: "0",
    LOG_LEVEL: "warn",
    ...settings,
  },
});
