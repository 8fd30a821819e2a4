/** What every part of the bench stands on. */
import type { Login } from "../../src/cli/load/engine/connection.ts";
import type { ServerProgram } from "../../src/cli/load/target/server-process.ts";

export interface Ground {
  /** Where Polyge's accounts are: postgres://…, or a PGlite folder that no server has open. */
  readonly at: { readonly url: string | undefined; readonly directory: string };
  readonly polyge: ServerProgram;
  /** Polyge first, then its yardsticks. */
  readonly servers: readonly ServerProgram[];
  /** Users whom all servers accept: the yardsticks take any. */
  readonly logins: readonly Login[];
  /** How long each measurement takes, in seconds. */
  readonly seconds: number;
  /** Runs before it counts, in seconds. */
  readonly warmUpSeconds: number;
  /** How long the servers rest before their memory is read, in seconds. */
  readonly settleSeconds: number;
  /** Tells the operator how far it is. */
  readonly say: (line: string) => void;
}
