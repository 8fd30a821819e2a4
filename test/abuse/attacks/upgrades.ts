/** Floods of upgrades. */
import type { Attack, Field } from "../attack.ts";
import { sized } from "../attack.ts";
import { dial, keepAsking, readStatuses } from "../connections.ts";

const HEADERS =
  "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

const digits = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 10)).join("");

const AT_ONCE = 64;

/** Opens with a live token and leaves at once, again and again. */
export const upgradesOfOne: Attack = {
  name: "upgrades of one user",
  run: (field) => openAndLeave(field, () => field.logins[0]!),
};

export const upgradesOfMany: Attack = {
  name: "upgrades of a hundred users",
  run(field) {
    let turn = 0;
    return openAndLeave(field, () => field.logins[turn++ % field.logins.length]!);
  },
};

export const upgradesWithBadTokens: Attack = {
  name: "upgrades with bad tokens",
  run: (field) =>
    keepAsking(field, sized(field, AT_ONCE), () => `GET /wsconn?uid=1&token=${digits()} HTTP/1.1\r\n${HEADERS}`),
};

export const upgradesWithoutToken: Attack = {
  name: "upgrades without a token",
  run: (field) => keepAsking(field, sized(field, AT_ONCE), () => `GET /wsconn?uid=1 HTTP/1.1\r\n${HEADERS}`),
};

async function openAndLeave(field: Field, next: () => { uid: number; token: string }): Promise<void> {
  const opener = () => {
    if (field.over) return;
    const { uid, token } = next();
    const socket = dial(field, () => socket.write(`GET /wsconn?uid=${uid}&token=${token} HTTP/1.1\r\n${HEADERS}`));
    readStatuses(socket, (status) => {
      field.count(String(status));
      socket.destroy();
    });
    socket.on("close", () => setImmediate(opener));
  };
  for (let i = 0; i < sized(field, AT_ONCE); i++) opener();
  await field.end;
}
