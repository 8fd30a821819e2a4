/** Somebody in a list. */

import type { PublicProfile } from "../../client/index.ts";
import { useAccount, useApp } from "../app.ts";
import { nameOf, placeOf } from "../state/catalogue.ts";
import { hrefOf } from "../state/router.ts";
import { Face } from "./face.tsx";

export function PersonCard({ person }: { person: PublicProfile }) {
  const { words, catalogue, tongue } = useApp();
  const { presence } = useAccount();
  const online = presence.online(person.uid).value ?? person.online;
  const place = placeOf(catalogue, person, tongue.name.value);
  return (
    <li>
      <a class="person" href={hrefOf("user", person.uid)}>
        <Face uid={person.uid} name={person.uname} avatar={person.avatar} online={online} />
        <span class="person-text">
          <span class="person-name">
            <strong>{person.uname}</strong>
            <Kind type={person.user_type} />
          </span>
          <span class="muted wrap">
            {[nameOf(catalogue.languages, person.language), place, person.occup].filter(Boolean).join(" · ")}
          </span>
          {person.description && <span class="about">{person.description}</span>}
          {online && <span class="unseen">{words.online}</span>}
        </span>
      </a>
    </li>
  );
}

export function Kind({ type }: { type: number }) {
  const { words } = useApp();
  return <span class={`kind ${type === 2 ? "teacher" : "student"}`}>{type === 2 ? words.teacher : words.student}</span>;
}
