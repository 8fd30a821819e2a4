/** Profiles, the directory, blocks, and the end of an account. */
import { codeOf, next, type Scenario, SOON, same } from "./world.ts";

const NEXT_PASSWORD = "another horse";

export const people: Scenario[] = [
  {
    name: "a profile changes, and others see what is public of it",
    async run({ server, person }) {
      const ana = await server.register({ ...person(), phone: "+86 10 1234", city: 7 });
      const ben = await server.register(person());
      const own = await server.ownProfile(ana);
      same([own.uname, own.phone, own.city], [ana.uname, "+86 10 1234", 7]);
      const changed = await server.updateProfile(ana, { phone: null, interest: "茶", language: 3 });
      same([changed.phone, changed.interest, changed.language, changed.city], [null, "茶", 3, 7]);
      const seen = await server.profile(ben, ana.uid);
      same([seen.uname, seen.interest, seen.online, "phone" in seen], [ana.uname, "茶", false, false]);
      const several = await server.profiles(ana, [ben.uid, 2 ** 52 + 1, ana.uid]);
      same(
        several.map(({ uid }) => uid),
        [ben.uid, ana.uid],
      );
      same(await codeOf(server.profile(ana, 2 ** 52 + 1)), "not_found");
      same(await codeOf(server.updateProfile(ana, { birth: "yesterday" })), "bad_argument");
    },
  },
  {
    name: "people are found page by page, but for those who are blocked",
    async run(world) {
      const { server } = world;
      const language = Math.floor(Math.random() * 2 ** 31);
      const join = () => server.register({ ...world.person(), language });
      const [ana, ben, cai] = [await join(), await join(), await join()];
      const uids = (page: { users: readonly { uid: number }[] }) => page.users.map(({ uid }) => uid);
      const first = await server.users(ana, { language, user_type: 2, limit: 1 });
      const second = await server.users(ana, { language, user_type: 2, limit: 1, cursor: first.next! });
      same([...uids(first), ...uids(second), second.next], [cai.uid, ben.uid, null]);
      same(uids(await server.users(ana, { language, name: ben.uname.slice(3).toUpperCase() })), [ben.uid]);
      await server.block(ana, ben.uid);
      same([uids(await server.users(ana, { language })), uids(await server.blocked(ana))], [[cai.uid], [ben.uid]]);
      const connection = await world.connect(ben);
      same(await codeOf(connection.send(ana.uid, "unheard").stored), "unknown_user");
      await server.unblock(ana, ben.uid);
      same(await server.blocked(ana), { users: [], next: null });
    },
  },
  {
    name: "a changed password ends the other sessions, and a deleted account all of them",
    async run(world) {
      const { server } = world;
      const { pwd, ...ana } = world.person();
      const session = await server.register({ ...ana, pwd });
      const other = await world.connect(await server.login(ana.uname, pwd));
      const closed = next<{ code: string }>(other, "closed");
      same(await codeOf(server.changePassword(session, "wrong horse", NEXT_PASSWORD)), "password_error");
      await server.changePassword(session, pwd, NEXT_PASSWORD);
      same((await closed).code, "logged_out");
      same(await codeOf(server.deleteAccount(session, pwd)), "password_error");
      await server.deleteAccount(session, NEXT_PASSWORD);
      same(await codeOf(server.ownProfile(session)), "bad_token");
      same(await server.isNameFree(ana.uname), true);
      same(await codeOf(server.connect(session, SOON)), "bad_token");
    },
  },
];
