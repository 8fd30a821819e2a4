/** A talk: who it is with, what was said, where one writes. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { nameOfPerson } from "../state/people.ts";
import { hrefOf } from "../state/router.ts";
import type { Talk } from "../state/talk.ts";
import { Composer } from "./composer.tsx";
import { Face } from "./face.tsx";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";
import { Timeline } from "./timeline.tsx";

export function TalkPane({ peer }: { peer: number }) {
  const { words } = useApp();
  const account = useAccount();
  const { talks, people } = account;
  const talk = talks.of(peer);
  const person = people.of(peer).value;
  const name = nameOfPerson(person, peer);
  const atEnd = useLooking(peer);
  useEffect(() => {
    talks.shown = peer;
    talk.follow(true);
    void talk.open();
    return () => {
      talks.shown = undefined;
    };
  }, [talks, talk, peer]);

  return (
    <section class="talk-pane" aria-label={words.talkWith(name)}>
      <TalkHead peer={peer} />
      <div class="talk-body">
        {talk.problem.value !== undefined && <Problem talk={talk} />}
        {talk.entries.value.length === 0 && <Empty talk={talk} name={name} />}
        <Timeline {...{ talk, name, words }} entries={talk.entries.value} loading={talk.loading.value} onEnd={atEnd} />
      </div>
      <Announcer talk={talk} name={name} />
      <Composer key={peer} peer={peer} name={name} />
    </section>
  );
}

/** Whether somebody looks at the end of this talk: then what comes is read. @returns to be told whether the end is in sight */
function useLooking(peer: number): (inSight: boolean) => void {
  const { talks } = useAccount();
  const inSight = useRef(true);
  const look = () => {
    const isLooking = inSight.current && document.visibilityState === "visible" && document.hasFocus();
    talks.looking.value = isLooking ? peer : undefined;
    if (isLooking) talks.markRead(peer);
  };
  useEffect(() => {
    const names = ["focus", "blur", "visibilitychange"] as const;
    for (const name of names) addEventListener(name, look, true);
    inSight.current = true;
    look();
    return () => {
      for (const name of names) removeEventListener(name, look, true);
      talks.looking.value = undefined;
    };
  }, [peer, talks]);
  // The list, with what is unread, may come later than the talk.
  useSignalEffect(() => {
    if (talks.list.value?.some((each) => each.peer === peer && each.unread > 0)) queueMicrotask(look);
  });
  return (seen) => {
    inSight.current = seen;
    look();
  };
}

function TalkHead({ peer }: { peer: number }) {
  const { words } = useApp();
  const { people, presence, uid } = useAccount();
  const person = people.of(peer).value;
  const name = nameOfPerson(person, peer);
  const online = presence.online(peer).value;
  const isTyping = presence.typing(peer).value;
  const isSelf = peer === uid;
  return (
    <header class="talk-head">
      <a class="button quiet back" href={hrefOf("talks")} aria-label={words.back} title={words.back}>
        <Icon name="back" />
      </a>
      <a class="who" href={hrefOf("user", peer)}>
        <Face uid={peer} name={name} avatar={typeof person === "object" ? person.avatar : undefined} online={online} />
        <span class="names">
          <Heading title={name}>{name}</Heading>
          <span class={`presence${isTyping ? " typing" : ""}`} aria-live="polite">
            {isTyping ? words.typing : isSelf || online === undefined ? "" : online ? words.online : words.offline}
          </span>
        </span>
      </a>
    </header>
  );
}

function Empty({ talk, name }: { talk: Talk; name: string }) {
  const { words } = useApp();
  if (talk.loading.value === "first") {
    return (
      <div class="bones" role="status" aria-label={words.loading}>
        {[55, 35, 70, 45, 60, 30].map((width, at) => (
          <i key={width} class={`bone width-${width}${at % 3 === 1 ? " right" : ""}`} />
        ))}
      </div>
    );
  }
  if (talk.problem.value !== undefined) return null;
  return (
    <div class="empty">
      <Icon name="talks" />
      <strong>{words.sayHello}</strong>
      <span class="wrap">{words.firstMessage(name)}</span>
    </div>
  );
}

function Problem({ talk }: { talk: Talk }) {
  const app = useApp();
  return (
    <p class="link-state" role="alert">
      {app.words.olderFailed} {app.describe(talk.problem.value)}
      <button type="button" class="quiet" onClick={() => void talk.again()}>
        {app.words.retry}
      </button>
    </p>
  );
}

/** Says what has come to whoever listens instead of looking: the last of it, since many may come at once. */
function Announcer({ talk, name }: { talk: Talk; name: string }) {
  const { words } = useApp();
  const [said, say] = useState("");
  const openedMs = useRef(Date.now());
  useSignalEffect(() => {
    const last = talk.entries.value.at(-1);
    if (last && last.from === talk.peer && last.id === undefined && last.timestampMs > openedMs.current) {
      say(words.messageFrom(name, last.text));
    }
  });
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}
