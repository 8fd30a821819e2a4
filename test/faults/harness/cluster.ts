/** A PostgreSQL of one's own, to be stopped and started. */
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Obstacle, withoutPrograms } from "../../support/needs.ts";
import { isRoot, run } from "./command.ts";

const SUPERUSER = "postgres";

/** The newest version's programs; undefined where there are none. */
const programs = (): string | undefined =>
  globSync("/usr/lib/postgresql/*/bin")
    .filter((folder) => existsSync(join(folder, "initdb")))
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);

export function noCluster(): Obstacle {
  if (programs() === undefined) return "needs PostgreSQL's initdb and pg_ctl";
  return isRoot() ? withoutPrograms("setpriv") : undefined;
}

export class Cluster {
  readonly #folder = mkdtempSync(join(tmpdir(), "polyge-cluster-"));
  readonly #data = join(this.#folder, "data");
  readonly #port = 20_000 + Math.floor(Math.random() * 12_000);
  readonly #bin = programs()!;
  #running = false;

  constructor() {
    mkdirSync(this.#data);
    if (isRoot()) {
      const [uid, gid] = ["-u", "-g"].map((flag) => Number(run(["id", flag, SUPERUSER])));
      chmodSync(this.#folder, 0o755);
      for (const folder of [this.#folder, this.#data]) chownSync(folder, uid!, gid!);
    }
    try {
      this.#run("initdb", "-D", this.#data, "-U", SUPERUSER, "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8");
      this.start();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get url(): string {
    return `postgres://${SUPERUSER}@127.0.0.1:${this.#port}/postgres`;
  }

  start(): void {
    const options = `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
    this.#run("pg_ctl", "start", "-w", "-D", this.#data, "-l", join(this.#folder, "log"), "-o", options);
    this.#running = true;
  }

  /** As if it had crashed: connections are dropped, nothing is written. */
  crash(): void {
    this.#run("pg_ctl", "stop", "-w", "-D", this.#data, "-m", "immediate");
    this.#running = false;
  }

  #run(program: string, ...words: string[]): void {
    // It refuses to run as root.
    const as = isRoot() ? ["setpriv", `--reuid=${SUPERUSER}`, `--regid=${SUPERUSER}`, "--clear-groups"] : [];
    run([...as, join(this.#bin, program), ...words], { cwd: this.#folder });
  }

  [Symbol.dispose](): void {
    if (this.#running) this.crash();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
