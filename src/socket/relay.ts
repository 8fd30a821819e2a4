import type { Server, WebSocketHandler } from "bun";

/** Who is behind a socket: a live token and its user. */
export interface Session {
  readonly tokenId: number;
  readonly uid: number;
}

/** What a socket carries in `ws.data`. */
export interface Connection {
  readonly session: Session;
}

/** The WebSocket side of the service. */
export interface Relay {
  readonly websocket: WebSocketHandler<Connection>;
  /** False while full (`MAX_CONNECTIONS`) or draining: the upgrade gets 503. */
  readonly accepting: boolean;
  /** Upgrades; false where the request is no valid WebSocket upgrade. */
  upgrade(request: Request, server: Server<Connection>, session: Session): boolean;
  /** Closes with 4001 every socket that a dead token opened. */
  closeToken(session: Session): void;
  /** Refuses new sockets and closes the open ones with 1001. */
  stop(): Promise<void>;
}
