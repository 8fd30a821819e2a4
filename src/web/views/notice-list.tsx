import { useApp } from "../app.ts";
import { Icon } from "./icons.tsx";

export function NoticeList() {
  const { notices, words } = useApp();
  return (
    <div class="notices" role="status">
      {notices.shown.value.map(({ id, text, kind }) => (
        <div key={id} class={`notice ${kind}`}>
          <span>{text}</span>
          <button type="button" class="quiet" aria-label={words.close} onClick={() => notices.dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
