/** The list and a talk: side by side where there is room, else one of them. */
import { useApp } from "../app.ts";
import { Icon } from "./icons.tsx";
import { TalkPane } from "./talk.tsx";
import { TalkList } from "./talk-list.tsx";

export function Talks({ peer }: { peer: number | undefined }) {
  const { words } = useApp();
  return (
    <div class={`talks${peer === undefined ? "" : " open"}`}>
      <TalkList selected={peer} />
      {peer === undefined ? (
        <div class="talk-pane empty">
          <Icon name="talks" />
          <span>{words.chooseTalk}</span>
        </div>
      ) : (
        <TalkPane key={peer} peer={peer} />
      )}
    </div>
  );
}
