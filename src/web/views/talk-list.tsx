/** One's conversations, the newest first. */
import { useAccount, useApp } from "../app.ts";
import { nameOfPerson } from "../state/people.ts";
import { hrefOf } from "../state/router.ts";
import type { Summary } from "../state/talks.ts";
import { shortOf } from "../state/times.ts";
import { Face } from "./face.tsx";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";

export function TalkList({ selected }: { selected: number | undefined }) {
  const app = useApp();
  const { words } = app;
  const { talks } = useAccount();
  const list = talks.list.value;
  return (
    <section class="talk-list" aria-label={words.talks}>
      <header class="list-head">
        {selected === undefined ? <Heading title={words.talks}>{words.talks}</Heading> : <h2>{words.talks}</h2>}
      </header>
      {talks.problem.value !== undefined && (
        <p class="link-state" role="alert">
          {app.describe(talks.problem.value)}
          <button type="button" class="quiet" onClick={() => void talks.load()}>
            {words.retry}
          </button>
        </p>
      )}
      {list === undefined ? <Bones /> : list.length === 0 ? <NoTalks /> : <Rows {...{ list, selected }} />}
    </section>
  );
}

function Rows({ list, selected }: { list: readonly Summary[]; selected: number | undefined }) {
  const { words } = useApp();
  const { talks } = useAccount();
  return (
    <div class="rows">
      <ul>
        {list.map((summary) => (
          <Row key={summary.peer} summary={summary} isSelected={summary.peer === selected} />
        ))}
      </ul>
      {talks.next.value !== null && (
        <button type="button" class="quiet more" onClick={() => void talks.more().catch(() => {})}>
          {words.more}
        </button>
      )}
    </div>
  );
}

function Row({ summary, isSelected }: { summary: Summary; isSelected: boolean }) {
  const { words } = useApp();
  const { people, presence } = useAccount();
  const { peer, unread, text, isOwn, timestampMs } = summary;
  const person = people.of(peer).value;
  const name = nameOfPerson(person, peer);
  const isTyping = presence.typing(peer).value;
  return (
    <li>
      <a class="row" href={hrefOf("talk", peer)} aria-current={isSelected ? "true" : undefined}>
        <Face
          uid={peer}
          name={name}
          avatar={typeof person === "object" ? person.avatar : undefined}
          online={presence.online(peer).value}
        />
        <span class="row-text">
          <span class="row-top">
            <strong>{name}</strong>
            <time dateTime={new Date(timestampMs).toISOString()}>{shortOf(timestampMs, words)}</time>
          </span>
          <span class="row-bottom">
            <span class={`last${isTyping ? " typing" : ""}`} dir="auto">
              {isTyping ? words.typing : isOwn ? `${words.you} ${text}` : text}
            </span>
            {unread > 0 && (
              <span class="badge">
                {unread > 99 ? "99+" : unread}
                <span class="unseen"> {words.unread(unread)}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

function NoTalks() {
  const { words } = useApp();
  return (
    <div class="empty">
      <Icon name="talks" />
      <strong>{words.noTalks}</strong>
      <span>{words.noTalksHint}</span>
      <a class="button primary" href={hrefOf("find")}>
        {words.find}
      </a>
    </div>
  );
}

export function Bones() {
  const { words } = useApp();
  return (
    <div class="rows" role="status" aria-label={words.loading}>
      {[1, 2, 3, 4, 5].map((each) => (
        <div key={each} class="row">
          <i class="bone round" />
          <span class="row-text">
            <i class="bone line" />
            <i class="bone line short" />
          </span>
        </div>
      ))}
    </div>
  );
}
