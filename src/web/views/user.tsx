/** Somebody's profile, and what one can do about it. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { OwnProfile, PublicProfile } from "../../client/index.ts";
import { useAccount, useApp } from "../app.ts";
import { nameOf, placeOf } from "../state/catalogue.ts";
import { hrefOf } from "../state/router.ts";
import { Confirm } from "./confirm.tsx";
import { Face } from "./face.tsx";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";
import { Kind } from "./person-card.tsx";
import { Bones } from "./talk-list.tsx";

export function User({ uid }: { uid: number }) {
  const { words } = useApp();
  const { people, blocks } = useAccount();
  const person = people.of(uid).value;
  useEffect(() => {
    people.ask(uid);
    void blocks.load();
  }, [people, blocks, uid]);
  return (
    <div class="page">
      <header class="page-head">
        <button type="button" class="quiet" onClick={() => history.back()}>
          <Icon name="back" />
          {words.back}
        </button>
      </header>
      {person === undefined ? (
        <Bones />
      ) : person === "unknown" ? (
        <div class="empty">
          <Icon name="me" />
          <Heading title={words.profile}>{words.noSuchUser}</Heading>
        </div>
      ) : (
        <Profile person={person} />
      )}
    </div>
  );
}

function Profile({ person }: { person: PublicProfile }) {
  const { words } = useApp();
  const { uid, presence } = useAccount();
  const online = presence.online(person.uid).value ?? person.online;
  return (
    <article class="profile">
      <div class="profile-head">
        <Face uid={person.uid} name={person.uname} avatar={person.avatar} size="large" online={online} />
        <div class="profile-names">
          <Heading title={person.uname}>{person.uname}</Heading>
          <p>
            <Kind type={person.user_type} /> <span class="muted">{online ? words.online : words.offline}</span>
          </p>
        </div>
      </div>
      {person.uid !== uid && <Actions person={person} />}
      <Facts person={person} />
    </article>
  );
}

function Actions({ person }: { person: PublicProfile }) {
  const app = useApp();
  const { words, notices } = app;
  const { blocks } = useAccount();
  const [asking, ask] = useState(false);
  const isBlocked = blocks.has(person.uid);
  const attempt = async (work: Promise<void>, said: string) => {
    try {
      await work;
      notices.good(said);
    } catch (error) {
      notices.bad(app.describe(error));
    }
  };
  return (
    <div class="buttons">
      <a class="button primary" href={hrefOf("talk", person.uid)}>
        <Icon name="talks" />
        {words.talk}
      </a>
      {isBlocked ? (
        <button type="button" onClick={() => attempt(blocks.remove(person.uid), words.unblockedNow(person.uname))}>
          {words.unblock}
        </button>
      ) : (
        <button type="button" onClick={() => ask(true)}>
          <Icon name="block" />
          {words.block}
        </button>
      )}
      {asking && (
        <Confirm
          title={words.blockAsk(person.uname)}
          text={words.blockSays}
          yes={words.block}
          onYes={() => attempt(blocks.add(person.uid), words.blockedNow(person.uname))}
          onClose={() => ask(false)}
        />
      )}
    </div>
  );
}

/** Addresses that a page may load from, as the server takes them: nothing that runs. */
const isPlayable = (url: string): boolean => /^https?:\/\//i.test(url) || /^\/[^/]/.test(url);

export function Facts({ person }: { person: PublicProfile | OwnProfile }) {
  const { words, catalogue, tongue } = useApp();
  const place = placeOf(catalogue, person, tongue.name.value);
  return (
    <>
      {person.description && <p class="about whole">{person.description}</p>}
      <dl class="facts">
        <Fact name={words.language}>{nameOf(catalogue.languages, person.language)}</Fact>
        <Fact name={words.place}>{place}</Fact>
        {"age" in person && person.age !== null && <Fact name={words.age}>{words.years(person.age)}</Fact>}
        <Fact name={words.gender}>{person.gender === 2 ? words.female : words.male}</Fact>
        <Fact name={words.occup}>{person.occup}</Fact>
        <Fact name={words.interest}>{person.interest}</Fact>
      </dl>
      {person.audio && isPlayable(person.audio) && (
        <figure class="recording">
          <figcaption>{words.listen}</figcaption>
          {/* biome-ignore lint/a11y/useMediaCaption: it is somebody's own recording */}
          <audio controls preload="none" src={person.audio} aria-label={words.listen} />
        </figure>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  if (!children) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
