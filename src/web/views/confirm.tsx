/** Asks before something that matters. The browser keeps the focus inside, and gives it back. */
import { useEffect, useId, useRef } from "preact/hooks";
import { useApp } from "../app.ts";

export function Confirm(props: { title: string; text: string; yes: string; onYes: () => void; onClose: () => void }) {
  const { words } = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`} onClose={props.onClose}>
      <h2 id={`${id}-title`}>{props.title}</h2>
      <p id={`${id}-text`}>{props.text}</p>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          {words.cancel}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            dialog.current?.close();
            props.onYes();
          }}
        >
          {props.yes}
        </button>
      </div>
    </dialog>
  );
}
