/** Whom one has blocked, and how to take it back. */
import { useEffect } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { Face } from "./face.tsx";
import { Icon } from "./icons.tsx";
import { SubPage } from "./sub-page.tsx";
import { Bones } from "./talk-list.tsx";

export function Blocked() {
  const app = useApp();
  const { words, notices } = app;
  const { blocks } = useAccount();
  useEffect(() => void blocks.load(), [blocks]);
  const people = blocks.people.value;
  const unblock = (uid: number, name: string) =>
    blocks.remove(uid).then(
      () => notices.good(words.unblockedNow(name)),
      (error) => notices.bad(app.describe(error)),
    );
  return (
    <SubPage title={words.blockedPeople}>
      {blocks.problem.value !== undefined && (
        <p class="error" role="alert">
          {app.describe(blocks.problem.value)}
        </p>
      )}
      {people === undefined ? (
        <Bones />
      ) : people.length === 0 ? (
        <div class="empty">
          <Icon name="block" />
          <span>{words.nobodyBlocked}</span>
        </div>
      ) : (
        <ul class="people">
          {people.map(({ uid, uname, avatar }) => (
            <li key={uid} class="person">
              <Face uid={uid} name={uname} avatar={avatar} />
              <span class="person-text">
                <strong class="wrap">{uname}</strong>
              </span>
              <button type="button" onClick={() => unblock(uid, uname)}>
                {words.unblock}
              </button>
            </li>
          ))}
        </ul>
      )}
    </SubPage>
  );
}
