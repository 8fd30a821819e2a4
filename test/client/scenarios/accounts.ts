/** Register, log in, keep the login alive, log out. */
import { codeOf, echo, next, type Scenario, SOON, same } from "./world.ts";

export const accounts: Scenario[] = [
  {
    name: "a name is free until somebody registers it, and registering logs in",
    async run({ server, person }) {
      const ana = person();
      same(await server.isNameFree(ana.uname), true);
      const session = await server.register({ ...ana, interest: "中文, tea" });
      same(await server.isNameFree(ana.uname), false);
      same([session.uname, session.gender, session.userType, session.token.length], [ana.uname, 1, 2, 32]);
      same(await codeOf(server.register(ana)), "uname_taken");
    },
  },
  {
    name: "a login fails by a code",
    async run({ server, person }) {
      const ana = person();
      await server.register(ana);
      const session = await server.login(ana.uname, ana.pwd);
      same(session.uname, ana.uname);
      same(await codeOf(server.login(ana.uname, "wrong horse")), "password_error");
      same(await codeOf(server.login(person().uname, ana.pwd)), "user_not_found");
      same(await codeOf(server.login("", ana.pwd)), "bad_argument");
    },
  },
  {
    name: "a refreshed token replaces the old one",
    async run(world) {
      const old = await world.join();
      const fresh = await world.server.refresh(old);
      same([fresh.uid, fresh.token === old.token], [old.uid, false]);
      same(await codeOf(world.server.refresh(old)), "bad_token");
    },
  },
  {
    name: "a connection refreshes its token by itself, and stays open",
    async run(world) {
      const session = await world.join();
      const connection = await world.connect(session, { refreshEveryMs: 200 });
      const fresh = await next<{ token: string }>(connection, "session");
      same([fresh.token === session.token, connection.session.token === fresh.token], [false, true]);
      await echo(connection, "still there");
    },
  },
  {
    name: "a dead token cannot connect",
    async run(world) {
      const session = await world.join();
      await world.server.logout(session);
      same(await codeOf(world.server.connect(session, SOON)), "bad_token");
    },
  },
  {
    name: "a logout ends the connection for good",
    async run(world) {
      const connection = await world.connected();
      const closed = next<{ code: string; closeCode: number }>(connection, "closed");
      await world.server.logout(connection.session);
      const { code, closeCode } = await closed;
      same([code, closeCode, connection.state], ["logged_out", 4001, "closed"]);
      same(await codeOf(connection.send(1, "too late").stored), "closed");
    },
  },
];
