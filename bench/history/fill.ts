/** A database full of history, made by SQL in a few minutes: by the server it would take hours. */
import postgres from "postgres";
import { openPostgres } from "../../src/store/postgres.ts";

/** Of all messages, one in `TO_MANY` is a busy user's, each of whom writes to anybody; the others are between friends. */
const TO_MANY = 5;
const BUSY = 1000;
/** How far apart friends' uids are. The lower a uid, the more its user writes. */
const FRIENDS = "array[1, 7, 61, 503, 2011, 9001, 40009, 90001]";
const DATA_BYTES = 64;

export interface Size {
  readonly users: number;
  readonly messages: number;
}

/** @param say is told what is done */
export async function fill(url: string, { users, messages }: Size, say: (line: string) => void): Promise<void> {
  await (await openPostgres(url)).close();
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const step = async (what: string, statement: string) => {
    const started = performance.now();
    await sql.unsafe(statement);
    say(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  };
  try {
    await sql.unsafe(`
      set synchronous_commit = off; set maintenance_work_mem = '1GB'; set work_mem = '512MB'; select setseed(0.5);
      -- The rows below are consistent; a check for each would take most of the time.
      set session_replication_role = replica;
      alter table messages drop constraint messages_low_high_id_pk;
      drop index messages_fingerprint; drop index messages_stored_at;
      drop index conversations_list; drop index conversations_peers;`);
    await step(
      `${users} users`,
      `insert into users (uname, uname_key, password_hash, gender, language, occup, user_type, avatar)
       select 'u' || i, 'u' || i, 'none', 1, 0, '', 1, '' from generate_series(1, ${users}) i order by i`,
    );
    await step(
      `${messages} messages`,
      `insert into messages (low, high, sender, msg_id, timestamp, fingerprint, data, stored_at)
       select low, high, case when i % 2 = 0 then low else high end, i, 0, i, decode(repeat('5a', ${DATA_BYTES}), 'hex'),
         now() - interval '29 days' + i * interval '28 days' / ${messages}
       from (
         select i, low, least(${users}, case when i % ${TO_MANY} = 0
           then ${BUSY} + 1 + floor(${users - BUSY} * random())
           else low + (${FRIENDS})[1 + floor(8 * random())::int] end)::bigint as high
         from (
           select i, (1 + floor(case when i % ${TO_MANY} = 0 then ${BUSY} * random() else ${users} * power(random(), 2) end))::bigint as low
           from generate_series(1, ${messages}) i offset 0
         ) senders offset 0
       ) pairs order by i`,
    );
    await step(
      "their conversations",
      `insert into conversations (owner, peer, last_id, unread)
       select owner, peer, max(id), count(*) filter (where sender <> owner) from (
         select low as owner, high as peer, sender, id from messages
         union all select high, low, sender, id from messages where low <> high
       ) sides group by owner, peer`,
    );
    await step(
      "indexes",
      `alter table messages add constraint messages_low_high_id_pk primary key (low, high, id);
       create unique index messages_fingerprint on messages (fingerprint);
       create index messages_stored_at on messages (stored_at);
       create index conversations_list on conversations (owner, last_id, peer, unread);
       create index conversations_peers on conversations (peer, owner, read_id)`,
    );
    await step("vacuum, analyze", "vacuum analyze");
  } finally {
    await sql.end({ timeout: 5 });
  }
}
