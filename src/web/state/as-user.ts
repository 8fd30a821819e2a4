import type { Polyge, Session } from "../../client/index.ts";

/** Calls the server with the login as it stands, which another page of this browser may exchange at any time. */
export type AsUser = <T>(work: (server: Polyge, session: Session) => Promise<T>) => Promise<T>;
