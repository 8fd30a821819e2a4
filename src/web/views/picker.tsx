/** A list to search in by typing: the combobox of the ARIA Authoring Practices (1.2), with a list that can only be chosen from. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { Field, type FieldProps } from "./field.tsx";
import { Icon } from "./icons.tsx";

export interface Entry {
  readonly id: number;
  readonly name: string;
  /** Found by it too. */
  readonly code?: string;
}

/** Nobody scrolls through more; typing narrows it down. */
const MOST_SHOWN = 60;

const folded = (text: string) => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

function matching(entries: readonly Entry[], typed: string): readonly Entry[] {
  const wanted = folded(typed.trim());
  if (wanted === "") return entries.slice(0, MOST_SHOWN);
  const starts: Entry[] = [];
  const holds: Entry[] = [];
  for (const entry of entries) {
    const name = folded(entry.name);
    if (name.startsWith(wanted) || entry.code?.toLowerCase() === wanted) starts.push(entry);
    else if (name.includes(wanted)) holds.push(entry);
  }
  return [...starts, ...holds].slice(0, MOST_SHOWN);
}

type PickerProps = FieldProps & {
  readonly entries: readonly Entry[];
  readonly value: number | undefined;
  readonly placeholder?: string;
  readonly onPick: (id: number | undefined) => void;
};

export function Picker({ entries, value, placeholder, onPick, ...field }: PickerProps) {
  const { words } = useApp();
  const chosen = entries.find(({ id }) => id === value);
  const [typed, type] = useState<string | undefined>(undefined);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const shown = open ? matching(entries, typed ?? "") : [];
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active, open]);

  const close = () => {
    setOpen(false);
    type(undefined);
  };
  const pick = (id: number | undefined) => {
    onPick(id);
    close();
  };
  const show = () => {
    if (open) return;
    setActive(Math.max(0, chosen ? matching(entries, "").findIndex(({ id }) => id === chosen.id) : 0));
    setOpen(true);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!open) return show();
      setActive(Math.min(shown.length - 1, Math.max(0, active + step)));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      if (shown[active]) pick(shown[active].id);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      close();
    }
  };

  return (
    <Field {...field}>
      {(wiring) => (
        <div class="picker">
          <input
            {...wiring}
            class="input"
            type="text"
            role="combobox"
            autocomplete="off"
            spellcheck={false}
            aria-expanded={open}
            aria-controls={`${wiring.id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={open && shown[active] ? `${wiring.id}-${shown[active].id}` : undefined}
            placeholder={placeholder}
            value={typed ?? chosen?.name ?? ""}
            onInput={(event) => {
              type(event.currentTarget.value);
              setActive(0);
              setOpen(true);
              if (event.currentTarget.value === "") onPick(undefined);
            }}
            onClick={show}
            onKeyDown={onKeyDown}
            onBlur={close}
          />
          <span class="inside" aria-hidden="true">
            <Icon name="down" />
          </span>
          <div
            class="options"
            id={`${wiring.id}-list`}
            role="listbox"
            aria-label={field.label}
            hidden={!open}
            ref={list}
            // The input keeps the focus, or its blur would close the list before the click.
            onMouseDown={(event) => event.preventDefault()}
          >
            {shown.map((entry, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
              // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus
              <div
                key={entry.id}
                id={`${wiring.id}-${entry.id}`}
                role="option"
                aria-selected={at === active}
                onClick={() => pick(entry.id)}
              >
                {entry.name}
              </div>
            ))}
            {open && shown.length === 0 && (
              <div class="muted" role="presentation">
                {words.noMatch}
              </div>
            )}
          </div>
        </div>
      )}
    </Field>
  );
}
