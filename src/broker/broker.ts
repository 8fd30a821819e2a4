/**
 * What carries messages between the nodes of a cluster. Live traffic only: nothing here is kept, so whoever hands a frame
 * over goes on answering for it until the other side has said that it is delivered.
 *
 * Every implementation guarantees:
 * - Messages of one node about one user reach another node in the order sent, each at most once. Any of them may be lost,
 *   together with all that follow until the connection is back.
 * - A node never gets its own messages.
 * - Bytes arrive as they were sent. They belong to the handler: nothing changes them later.
 * - Handlers are called from the event loop, never from within a call to the broker.
 *
 * The caller's duties: `enter` and `leave`, `watch` and `unwatch` in turns, at most once each for a user; nothing is sent while `connected` is
 * false (it would be dropped); handlers do not throw.
 */
export interface Broker {
  /** This node's name: its own among all nodes that ever were, so a restarted process is another node. No dots, no spaces. */
  readonly node: string;
  /** Whether there are no other nodes, and never will be. */
  readonly alone: boolean;
  /** Whether other nodes can be reached. Always false where there are none. */
  readonly connected: boolean;
  /** Bytes handed over and not yet written to the network. */
  readonly pendingBytes: number;
  /** Times that the connection was made since the start. */
  readonly connects: number;
  /** Bytes to and from the broker since the start, or since a connection that nothing could save was replaced. */
  readonly traffic: { readonly in: number; readonly out: number };
  /** Names the one who is told. Called once, before anything else. */
  listen(handler: BrokerHandler): void;
  /** A user has a socket on this node from now on: messages for that user come here. Kept up over reconnects. */
  enter(uid: number): void;
  /** The user's last socket here is gone. */
  leave(uid: number): void;
  /**
   * Resolves when the broker has every `enter` made before; where the broker is several servers, the others are told a
   * moment later. Rejects where the connection is away.
   */
  settled(): Promise<void>;
  /**
   * Sends a frame to every other node that the user has a socket on.
   * @param tag comes with it; dot-separated words of letters, digits, - and _
   */
  sendFrame(uid: number, frame: Uint8Array, tag: string): void;
  /** Sends a text message to every other node that the user has a socket on. */
  sendToUser(uid: number, message: string): void;
  /**
   * The same; where no other node has a socket of the user, the handler's `nobody` is told `id`, a whole number. Neither
   * that nor an answer comes where the last such node has just left, or the connection is lost: whoever asks waits only
   * so long.
   */
  ask(uid: number, message: string, id: number): void;
  /** Comings and goings of this user on other nodes are told from now on. */
  watch(uid: number): void;
  unwatch(uid: number): void;
  /** Tells the other nodes that watch this user of a coming or going here. */
  announce(uid: number, online: boolean): void;
  /** Sends a text message to one node. */
  sendToNode(node: string, message: string): void;
  /** Sends a text message to every other node. */
  sendToAll(message: string): void;
  /** Sends what is pending and ends the connection. */
  close(): Promise<void>;
}

/** The node's side of a broker. */
export interface BrokerHandler {
  /** A frame for a user who has a socket here. `frame` is a Buffer of its own. */
  frame(uid: number, frame: Buffer, tag: string): void;
  /** A message about a user who has a socket here. */
  userMessage(uid: number, message: string): void;
  /** A watched user came to another node, or left one. */
  presence(uid: number, online: boolean): void;
  /** A message for this node, or for all. */
  nodeMessage(message: string): void;
  /** Nobody was there to hear the question with this id. */
  nobody(id: number): void;
  /**
   * The connection is back, or away: whatever was under way then may be lost. Told of changes only: `connected` says how
   * it is at `listen`.
   */
  connection(connected: boolean): void;
}
