/** What a call is: enough to answer it, to route it and to describe it. */
import type { Server } from "bun";
import type { z } from "zod";
import type { ErrorCode } from "../protocol/codes.ts";
import type { Connection } from "../socket/connection.ts";

/** A request on its way through the server. */
export interface Incoming {
  readonly request: Request;
  readonly server: Server<Connection>;
  /** The client's address as limits count it. */
  readonly address: string;
  /** Who calls, for the log: set as soon as it is known, never before it is proven. */
  readonly caller: { uid?: number };
}

export interface Call<S extends z.ZodObject = z.ZodObject> {
  readonly path: string;
  readonly summary: string;
  /** POST takes the same arguments in a form or JSON body, beside the query. HEAD goes with GET, OPTIONS is there always. */
  readonly methods: readonly ("GET" | "POST")[];
  /** Every argument that the call knows. */
  readonly arguments: S;
  /** Where the arguments that are there decide which of them are needed. */
  readonly schemaFor?: (given: ReadonlySet<string>) => z.ZodObject;
  /** Asked before anything is read of the arguments; what it gives is the answer then. */
  readonly guard?: (incoming: Incoming) => Response | undefined;
  /** True where answering changes something: HEAD, which must not, then only checks the arguments. */
  readonly changes?: (given: Record<string, unknown>) => boolean;
  /** The body of a success, for the reference; none: not JSON of ours. */
  readonly answers?: z.ZodType;
  /** Status of a success; 200. */
  readonly status?: 200 | 101 | 302;
  /** Failures beside `bad_argument`, 405, 413, 415, 500, which all calls share. */
  readonly fails: readonly ErrorCode[];
  /** @returns undefined where the connection has become a WebSocket */
  answer(args: z.output<S>, incoming: Incoming): Response | undefined | Promise<Response | undefined>;
}

/** Checks that a call's parts fit together, then forgets its arguments' type, so that calls of all kinds make a list. */
export const call = <S extends z.ZodObject>(definition: Call<S>): Call => definition as unknown as Call;
