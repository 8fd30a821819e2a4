/** A labelled input, its hint and what is wrong with it, tied together for whoever cannot see them side by side. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { Icon } from "./icons.tsx";

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  /** Said in the label. */
  readonly optional?: boolean;
}

interface Wiring {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

/** @param children is given what the control needs to belong to the label */
export function Field(props: FieldProps & { children: (wiring: Wiring) => ComponentChildren }) {
  const { words } = useApp();
  const id = useId();
  const { label, hint, error, optional, children } = props;
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div class={`field${error ? " wrong" : ""}`}>
      <label for={id}>
        {label}
        {optional && <span class="muted"> · {words.optional}</span>}
      </label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": error ? true : undefined })}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly onBlur?: () => void;
  readonly maxLength?: number;
  readonly autocomplete?: "username" | "email" | "tel" | "new-password" | "current-password" | "off";
}

const fieldOf = ({ name, label, hint, error, optional = false }: FieldProps) => ({
  name,
  label,
  hint,
  error,
  optional,
});

/** As the person typed it: no capitals, no spelling. */
const AS_TYPED = { autocapitalize: "none", spellcheck: false } as const;

export function TextField(props: TextProps & { type?: "text" | "url" | "email" | "tel" | "date" | "search" }) {
  const { name, value, onText, onBlur, maxLength, autocomplete, type = "text" } = props;
  return (
    <Field {...fieldOf(props)}>
      {(wiring) => (
        <input
          class="input"
          // The types tell roles apart that are not used here.
          type={type as "text"}
          {...{ name, value, onBlur, maxLength, autocomplete }}
          {...(autocomplete && AS_TYPED)}
          {...wiring}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function AreaField(props: TextProps & { rows?: number }) {
  const { name, value, onText, maxLength, rows = 3 } = props;
  return (
    <Field {...fieldOf(props)}>
      {(wiring) => (
        <textarea
          class="input"
          {...{ name, value, maxLength, rows }}
          {...wiring}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function PasswordField(props: TextProps) {
  const { words } = useApp();
  const [shown, show] = useState(false);
  const { name, value, onText, autocomplete } = props;
  const said = shown ? words.hidePwd : words.showPwd;
  return (
    <Field {...fieldOf(props)}>
      {(wiring) => (
        <div class="with-button">
          <input
            class="input"
            type={(shown ? "text" : "password") as "password"}
            {...{ name, value, autocomplete }}
            {...AS_TYPED}
            {...wiring}
            onInput={(event) => onText(event.currentTarget.value)}
          />
          <button
            type="button"
            class="inside"
            aria-pressed={shown}
            aria-label={said}
            title={said}
            onClick={() => show(!shown)}
          >
            <Icon name="eye" />
          </button>
        </div>
      )}
    </Field>
  );
}

/** Two or three things of which one is chosen. */
export function Choice<T extends string | number>(props: {
  name: string;
  label: string;
  value: T | undefined;
  options: readonly { value: T; text: string; note?: string }[];
  error?: string | undefined;
  onChoose: (value: T) => void;
}) {
  const { name, label, value, options, error, onChoose } = props;
  const id = useId();
  return (
    <fieldset class={`choice${error ? " wrong" : ""}`} aria-describedby={error ? id : undefined}>
      <legend>{label}</legend>
      <div class="choices">
        {options.map((option) => (
          <label key={option.value} class="option">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
            />
            <span>
              {option.text} {option.note && <small>{option.note}</small>}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p class="error" id={id}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
