/** Attacks by HTTP, with and without a request. */
import { type Attack, sized } from "../attack.ts";
import { drip, keepAsking } from "../connections.ts";

const HOST = "Host: h\r\n";
const DRIP_MS = 250;

const digits = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 10)).join("");

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\n${HOST}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Requests that never end, a line of their heads now and then. */
export const slowHeaders: Attack = {
  name: "slow headers",
  run: (field) => drip(field, sized(field, 1000), `GET /version HTTP/1.1\r\n${HOST}`, "X-A: b\r\n", DRIP_MS),
};

export const slowUpgrades: Attack = {
  name: "upgrades never finished",
  run(field) {
    const [{ uid, token }] = field.logins as [{ uid: number; token: string }];
    const head = `GET /wsconn?uid=${uid}&token=${token} HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n`;
    return drip(field, sized(field, 1000), head, "X-A: b\r\n", DRIP_MS);
  },
};

export const slowBodies: Attack = {
  name: "slow bodies",
  run(field) {
    const head = `POST /login HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n`;
    return drip(field, sized(field, 1000), head, " ", DRIP_MS);
  },
};

/** More connections than the server may have files open. */
export const idleConnections: Attack = {
  name: "connections without a request",
  files: 700,
  environment: { MAX_CONNECTIONS: "500" },
  run: (field) => drip(field, sized(field, 1200), "", "", DRIP_MS),
};

export const oversizedHeads: Attack = {
  name: "oversized headers and URLs",
  run(field) {
    const long = "a".repeat(60_000);
    const many = Array.from({ length: 1000 }, (_, i) => `X-${i}: a\r\n`).join("");
    const heads = [
      `GET /${long} HTTP/1.1\r\n${HOST}\r\n`,
      `GET / HTTP/1.1\r\n${HOST}X: ${long}\r\n\r\n`,
      `GET / HTTP/1.1\r\n${HOST}${many}\r\n`,
      `GET /login?uname=${"a".repeat(15_000)} HTTP/1.1\r\n${HOST}\r\n`,
    ];
    let turn = 0;
    return keepAsking(field, sized(field, 16), () => heads[turn++ % heads.length]!);
  },
};

export const oversizedBodies: Attack = {
  name: "oversized bodies",
  run(field) {
    const body = "a".repeat(1 << 20);
    return keepAsking(field, sized(field, 8), () => post("/login", body));
  },
};

export const badTokens: Attack = {
  name: "bad tokens",
  run: (field) => keepAsking(field, sized(field, 32), () => `GET /profile?token=${digits()} HTTP/1.1\r\n${HOST}\r\n`),
};

export const loginGuesses: Attack = {
  name: "guesses of passwords",
  run(field) {
    let guess = 0;
    return keepAsking(field, sized(field, 32), () =>
      post("/login", `uname=somebody${guess++ % 1000}&pwd=guess${guess}&client_id=123`),
    );
  },
};

export const registrations: Attack = {
  name: "registrations",
  environment: { REGISTRATIONS: "200" },
  run(field) {
    const run = crypto.randomUUID().slice(0, 8);
    let next = 0;
    const others = "pwd=correct+horse&gender=1&language=1&occup=teacher&user_type=2";
    return keepAsking(field, sized(field, 32), () => post("/register", `uname=${run}${next++}&${others}`));
  },
};
