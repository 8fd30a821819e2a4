/** The calls that are measured, each with arguments as varied as clients'. */
import { BlockRows } from "../../src/store/blocks.ts";
import type { Database } from "../../src/store/database.ts";
import { Directory, type Filter } from "../../src/store/directory.ts";
import { Profiles } from "../../src/store/profiles.ts";
import { Users } from "../../src/store/users.ts";
import type { Asker, World } from "./ground.ts";

export type Arguments = Record<string, string | number>;

/** One way to make a call. Who adds calls adds these, and what fills their tables. */
export interface CallCase {
  readonly path: string;
  /** Which way; "" where there is one. */
  readonly way: string;
  /** Of the next call, the token apart. */
  arguments(world: World, asker: Asker): Arguments;
  /** Asks the database what the call asks it. What it changes is rolled back. */
  queries(database: Database, args: Arguments, asker: Asker): Promise<unknown>;
  /** It hashes passwords, which takes longer than any query: the time limit is not for it. */
  readonly hashes?: true;
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
const below = (count: number) => Math.floor(Math.random() * count);
const anybody = ({ users }: World) => 1 + below(users);

const LIMIT = 20;

/** By how many users have them. */
const LANGUAGES = { common: [0, 1, 2], rare: [150, 165, 180] };
const COUNTRIES = { common: [0, 1, 3], rare: [180, 200, 220] };
const NAMES = {
  "1 common": ["a", "e", "i", "王", "1", "_"],
  "1 rare": ["q", "琪", "鑫", "ß", "ж"],
  "2 common": ["an", "ar", "李伟", "明1"],
  "2 rare": ["zb", "子涵", "雨泽", "罗琪"],
  "5 common": ["maria", "alexa", "ivan_"],
  "5 rare": ["98765", "a_zbi", "琪1234", "zzzzz", "怡4321"],
};

type Wanted = { readonly [name: string]: readonly (string | number)[] };

/** Every combination of filters, with what many and what few have. */
function* directoryWays(): Generator<{ way: string; wanted: Wanted }> {
  const names = [undefined, ...Object.keys(NAMES)] as (keyof typeof NAMES | undefined)[];
  for (const type of [undefined, [1, 2]]) {
    for (const language of [undefined, "common", "rare"] as const) {
      for (const country of [undefined, "common", "rare"] as const) {
        for (const name of names) {
          const wanted: Record<string, readonly (string | number)[]> = {};
          const said: string[] = [];
          if (type) wanted["user_type"] = type;
          if (language) wanted["language"] = LANGUAGES[language];
          if (country) wanted["country"] = COUNTRIES[country];
          if (name) wanted["name"] = NAMES[name];
          if (type) said.push("user_type");
          if (language) said.push(`${language} language`);
          if (country) said.push(`${country} country`);
          if (name) said.push(`name of ${name}`);
          yield { way: said.join(", ") || "everybody", wanted };
        }
      }
    }
  }
}

/** Some go on to a later page. */
const LATER = 0.3;

const cursorAt = (world: World) => Buffer.from([below(2), anybody(world), Date.now()].join(".")).toString("base64url");

const placeOf = (cursor: string) => {
  const [online, uid, startedMs] = Buffer.from(cursor, "base64url").toString().split(".").map(Number);
  return { online: online === 1, uid: uid!, startedMs: startedMs! };
};

const directory = [...directoryWays()].map(
  ({ way, wanted }): CallCase => ({
    path: "/users",
    way,
    arguments(world) {
      const args = Object.fromEntries(Object.entries(wanted).map(([name, values]) => [name, pick(values)]));
      return Math.random() < LATER ? { ...args, cursor: cursorAt(world) } : args;
    },
    async queries(database, { user_type, language, country, name, cursor }, { uid }) {
      const filter = { userType: user_type, language, country, namePart: name } as Filter;
      const place = cursor === undefined ? undefined : placeOf(String(cursor));
      const { uids } = await new Directory(database).page(uid, filter, place, LIMIT);
      await new Profiles(database).seenBy(uid, uids);
    },
  }),
);

const people: CallCase[] = [
  {
    path: "/profile",
    way: "one's own",
    arguments: () => ({}),
    queries: (database, _, { uid }) => new Profiles(database).own(uid),
  },
  {
    path: "/profile",
    way: "another's",
    arguments: (world) => ({ uid: anybody(world) }),
    queries: (database, { uid: whom }, { uid }) => new Profiles(database).seenBy(uid, [Number(whom)]),
  },
  {
    path: "/profiles",
    way: "of 100",
    arguments: (world) => ({ uids: Array.from({ length: 100 }, () => anybody(world)).join(",") }),
    queries: (database, { uids }, { uid }) => new Profiles(database).seenBy(uid, String(uids).split(",").map(Number)),
  },
  {
    path: "/update_profile",
    way: "",
    arguments: () => ({ language: below(184), country: below(240), interest: `tea ${below(1000)}` }),
    queries: (database, { language, country, interest }, { uid }) =>
      new Profiles(database).change(uid, {
        language: Number(language),
        country: Number(country),
        interest: String(interest),
      }),
  },
  {
    path: "/block",
    way: "",
    // Never oneself.
    arguments: ({ users, askers }) => ({ uid: askers.length + 1 + below(users - askers.length) }),
    queries: (database, { uid: whom }, { uid }) => new BlockRows(database).add(uid, Number(whom)),
  },
  {
    path: "/blocked",
    way: "",
    arguments: () => ({}),
    async queries(database, _, { uid }) {
      const uids = await new BlockRows(database).list(uid, 2 ** 53, LIMIT + 1);
      await new Profiles(database).seenBy(uid, uids);
    },
  },
  {
    path: "/unblock",
    way: "",
    arguments: (world) => ({ uid: anybody(world) }),
    queries: (database, { uid: whom }, { uid }) => new BlockRows(database).delete(uid, Number(whom)),
  },
];

const accounts = ({ password }: World): Arguments => ({ pwd: password, new_pwd: password });
const passwords: CallCase[] = [
  {
    path: "/change_password",
    way: "",
    hashes: true,
    arguments: accounts,
    async queries(database, _, { uid }) {
      const user = await new Users(database).byUid(uid);
      await new Users(database).changePassword(uid, user!.passwordHash, user!.passwordHash, 0);
    },
  },
  {
    path: "/delete_account",
    way: "",
    hashes: true,
    arguments: accounts,
    async queries(database, _, { uid }) {
      const user = await new Users(database).byUid(uid);
      await new Users(database).delete(uid, user!.passwordHash);
    },
  },
];

/** In this order: the last ends the askers' accounts. */
export const CASES: readonly CallCase[] = [...directory, ...people, ...passwords];
