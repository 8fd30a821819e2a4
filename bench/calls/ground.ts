/** The database that the calls are measured on: people with names, languages and countries as skewed as real ones. */
import postgres from "postgres";
import { Passwords } from "../../src/accounts/passwords.ts";
import { drawToken, hashOf } from "../../src/accounts/secrets.ts";
import { openDatabase } from "../../src/store/database.ts";

/** Who makes the calls. */
export interface Asker {
  readonly uid: number;
  readonly token: string;
}

/** What calls choose their arguments from. */
export interface World {
  readonly askers: readonly Asker[];
  /** Their password. */
  readonly password: string;
  /** uids go from 1 to this. */
  readonly users: number;
}

/** A share of the users is online, and a larger one was once. */
const ONLINE = 0.1;
const EVER_ONLINE = 0.3;
const ASKERS = 400;
/** Whom each asker has blocked, and how many others there are for each user. */
const BLOCKED = 50;
const BLOCKS_PER_USER = 0.2;
const TOKEN_SECONDS = 7 * 24 * 3600;
const PASSWORD = "correct horse";

const WORDS =
  "maria anna peter ivan hans pierre yuki sofia carlos ahmed olga james linda marco elena david sarah tomas lucia ferdinand " +
  "alexandra beatrice wolfgang guillaume hiroshi natasha mohammed giovanni katarzyna xiomara quentin zbigniew";
const SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗";
const GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建国华志梅鑫龙宇晨欣怡子涵梓轩浩然雨泽思远嘉琪";

/** Numbers of a catalogue by how many have them: the first many, the last few. */
const skewed = (count: number) => `floor(${count} * power(random(), 4))::int`;
const oneOf = (characters: string) =>
  `substr('${characters}', 1 + floor(random() * ${[...characters].length})::int, 1)`;
const word = `(string_to_array('${WORDS}', ' '))[1 + floor(random() * ${WORDS.split(" ").length})::int]`;

/** Indexes are made afterwards: row by row they take five times as long. */
const people = (count: number) => `
  do $$
  declare
    each record;
    made text[] := '{}';
  begin
    for each in select indexname, indexdef from pg_indexes where indexname like 'users\\_directory%' loop
      execute format('drop index %I', each.indexname);
      made := made || each.indexdef;
    end loop;
    perform setseed(0.5);
    insert into users (uname, uname_key, password_hash, gender, language, occup, user_type, avatar, country, birth, description)
    select name, lower(name), 'none', 1 + (random() < 0.5)::int, case when chinese and random() < 0.8 then 0 else ${skewed(184)} end,
      'occupation', 1 + (random() < 0.2)::int, '/resources/avatar.svg',
      case when random() < 0.9 then ${skewed(240)} end, date '1960-01-01' + floor(random() * 16000)::int, repeat('about ', 20)
    from (
      select g, chinese, case when chinese then ${oneOf(SURNAMES)} || ${oneOf(GIVEN)} || ${oneOf(GIVEN)} else ${word} || '_' || ${word} end || g as name
      from (select g, random() < 0.4 as chinese from generate_series(1, ${count}) as g) as kinds
    ) as names;
    for i in 1 .. cardinality(made) loop execute made[i]; end loop;
  end $$`;

const presence = (count: number) => `
  insert into nodes values ('bench', now() + interval '1 year');
  insert into presence (uid, online, node, since, last_seen, user_type, language, country, uname_key)
  select uid, random() < ${ONLINE / EVER_ONLINE}, 'bench', now() - interval '1 hour', now() - interval '1 day', user_type, language, country, uname_key
  from users where random() < ${EVER_ONLINE} and uid <= ${count}`;

const blocks = (count: number) => `
  insert into blocks (uid, blocked)
  select 1 + floor(random() * ${count})::bigint, 1 + floor(random() * ${count})::bigint from generate_series(1, ${Math.floor(count * BLOCKS_PER_USER)})
  on conflict do nothing;
  insert into blocks (uid, blocked)
  select g, 1 + floor(random() * ${count})::bigint from generate_series(1, ${3 * ASKERS}) as g, generate_series(1, ${BLOCKED})
  on conflict do nothing`;

/** What waits for some of them. */
const waiting = (count: number) => `
  insert into mailboxes select uid, 1, 100 from users where uid % 10 = 0;
  insert into mailbox_frames (uid, frame) select uid, decode(repeat('00', 100), 'hex') from mailboxes;
  insert into tokens (uid, client_id, hash, expires_at)
  select uid, 123, decode(md5(uid::text) || md5(uid::text), 'hex'), now() + interval '7 days' from users where uid % 2 = 0;
  insert into tickets select decode(md5(uid::text), 'hex'), uid, now() + interval '1 minute' from users where uid <= ${count / 100}`;

/** Conversations without messages: who ends an account is looked for on both sides of them. */
const talks = (count: number) => `
  insert into conversations (owner, peer)
  select side.owner, side.peer from generate_series(1, ${count}, 4) as g,
    lateral (select 1 + g * 7919::bigint % ${count} as other) as o,
    lateral (values (g, o.other), (o.other, g)) as side(owner, peer)
  on conflict do nothing`;

/**
 * Fills a database, unless it holds so many users already. It must be the bench's own.
 */
export async function fill(url: string, count: number): Promise<World> {
  // Makes the tables.
  await (await openDatabase({ url, directory: "" })).close();
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const [there] = await client`select coalesce(max(uid), 0)::int as users from users`;
    if (there!["users"] !== 0 && there!["users"] !== count) {
      throw new Error(`the database holds ${there!["users"]} users, not ${count}: give an empty one`);
    }
    if (there!["users"] === 0) {
      for (const each of [people(count), presence(count), blocks(count), waiting(count), talks(count)])
        await client.unsafe(each);
      await client.unsafe("vacuum analyze");
    }
    return { askers: await enter(client), password: PASSWORD, users: count };
  } finally {
    await client.end();
  }
}

/** Tokens for the oldest users, and their password. */
async function enter(client: postgres.Sql): Promise<Asker[]> {
  const hash = await new Passwords().hash(PASSWORD);
  // Earlier runs have deleted some.
  const first = await client`select uid::int from users order by uid limit ${ASKERS}`;
  const askers = first.map((row) => ({ uid: Number(row["uid"]), token: drawToken() }));
  await client`update users set password_hash = ${String(hash)} where uid <= ${askers.at(-1)!.uid}`;
  for (const { uid, token } of askers) {
    await client`insert into tokens (uid, client_id, hash, expires_at)
      values (${uid}, 123, ${hashOf(token)}, now() + make_interval(secs => ${TOKEN_SECONDS}))`;
  }
  return askers;
}
