/** Where one writes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { Icon } from "./icons.tsx";

/** With a touch keyboard Enter is for lines, the button for sending. */
const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches;
const MOST_HEIGHT = 160;

export function Composer({ peer, name }: { peer: number; name: string }) {
  const { words, notices } = useApp();
  const { talks, presence } = useAccount();
  const [text, setText] = useState(talks.drafts.get(peer) ?? "");
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!isTouch()) area.current?.focus();
  }, []);
  useEffect(() => {
    const { current } = area;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${Math.min(current.scrollHeight + 2, MOST_HEIGHT)}px`;
  }, [text]);

  const change = (value: string) => {
    setText(value);
    if (value === "") talks.drafts.delete(peer);
    else talks.drafts.set(peer, value);
  };
  const send = () => {
    if (text.trim() === "") return;
    if (talks.write(peer, text.trim())) change("");
    else notices.bad(words.outboxFull);
    area.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        class="input"
        rows={1}
        dir="auto"
        aria-label={`${words.write}: ${name}`}
        placeholder={words.write}
        value={text}
        onInput={(event) => {
          change(event.currentTarget.value);
          if (event.currentTarget.value !== "") presence.tellTyping(peer);
        }}
        onKeyDown={(event) => {
          // Enter also ends the choice of a character while one writes Chinese.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || isTouch()) return;
          event.preventDefault();
          send();
        }}
      />
      <button
        type="submit"
        class="primary send"
        aria-label={words.send}
        title={words.send}
        disabled={text.trim() === ""}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
