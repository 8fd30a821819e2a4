/** What a person says about himself: when registering, and later. */
import { useState } from "preact/hooks";
import type { Registration } from "../../client/index.ts";
import { useApp } from "../app.ts";
import { Face } from "./face.tsx";
import { AreaField, Choice, TextField } from "./field.tsx";
import { Picker } from "./picker.tsx";
import { PlacePicker } from "./place-picker.tsx";

/** The fields of the user's document without name and password. Empty text: not given. */
export interface Draft {
  readonly gender?: 1 | 2 | undefined;
  readonly user_type?: 1 | 2 | undefined;
  readonly language?: number | undefined;
  readonly occup: string;
  readonly avatar: string;
  readonly audio: string;
  readonly birth: string;
  readonly email: string;
  readonly phone: string;
  readonly country?: number | undefined;
  readonly province?: number | undefined;
  readonly city?: number | undefined;
  readonly description: string;
  readonly interest: string;
}

export type Wrong = Readonly<Partial<Record<keyof Registration | "new_pwd", string>>>;

export const EMPTY_DRAFT: Draft = {
  occup: "",
  avatar: "",
  audio: "",
  birth: "",
  email: "",
  phone: "",
  description: "",
  interest: "",
};

const NEEDED = ["user_type", "gender", "language", "occup"] as const;

/** What is missing, said beside each field. */
export const missing = (draft: Draft, said: string): Wrong =>
  Object.fromEntries(NEEDED.filter((name) => !draft[name]).map((name) => [name, said]));

interface PartProps {
  readonly draft: Draft;
  readonly wrong: Wrong;
  readonly onChange: (changes: Partial<Draft>) => void;
}

export function MainFields({ draft, wrong, onChange }: PartProps) {
  const { words, catalogue } = useApp();
  return (
    <>
      <Choice
        name="user_type"
        label={words.userType}
        value={draft.user_type}
        error={wrong.user_type}
        options={[
          { value: 1, text: words.asStudent, note: words.student },
          { value: 2, text: words.asTeacher, note: words.teacher },
        ]}
        onChoose={(user_type) => onChange({ user_type: user_type as 1 | 2 })}
      />
      <Choice
        name="gender"
        label={words.gender}
        value={draft.gender}
        error={wrong.gender}
        options={[
          { value: 1, text: words.male },
          { value: 2, text: words.female },
        ]}
        onChoose={(gender) => onChange({ gender: gender as 1 | 2 })}
      />
      <Picker
        name="language"
        label={words.language}
        hint={words.languageHint}
        error={wrong.language}
        entries={catalogue.languages}
        value={draft.language}
        onPick={(language) => onChange({ language })}
      />
      <TextField
        name="occup"
        label={words.occup}
        maxLength={50}
        value={draft.occup}
        error={wrong.occup}
        onText={(occup) => onChange({ occup })}
      />
    </>
  );
}

export function MoreFields({ uid = 0, name, draft, wrong, onChange }: PartProps & { uid?: number; name: string }) {
  const { words } = useApp();
  const [broken, setBroken] = useState("");
  const text = (field: "audio" | "birth" | "email" | "phone" | "description" | "interest") => ({
    name: field,
    optional: true,
    value: draft[field],
    error: wrong[field],
    onText: (value: string) => onChange({ [field]: value }),
  });
  return (
    <>
      <div class="avatar-field">
        <Face uid={uid} name={name} avatar={draft.avatar} size="large" label={words.avatarAlt} onBroken={setBroken} />
        <TextField
          name="avatar"
          label={words.avatar}
          hint={words.avatarHint}
          optional
          type="url"
          maxLength={255}
          value={draft.avatar}
          error={wrong.avatar ?? (draft.avatar !== "" && broken === draft.avatar ? words.avatarBroken : undefined)}
          onText={(avatar) => onChange({ avatar })}
        />
      </div>
      <AreaField {...text("description")} label={words.description} maxLength={500} />
      <AreaField {...text("interest")} label={words.interest} maxLength={200} rows={2} />
      <div class="columns">
        <PlacePicker value={draft} onChange={(place) => onChange({ province: undefined, city: undefined, ...place })} />
      </div>
      <div class="columns">
        <TextField {...text("birth")} label={words.birth} hint={words.birthHint} type="date" />
        <TextField {...text("audio")} label={words.audio} hint={words.audioHint} type="url" maxLength={255} />
        <TextField
          {...text("email")}
          label={words.email}
          hint={words.contactHint}
          type="email"
          maxLength={254}
          autocomplete="email"
        />
        <TextField
          {...text("phone")}
          label={words.phone}
          hint={words.contactHint}
          type="tel"
          maxLength={32}
          autocomplete="tel"
        />
      </div>
    </>
  );
}
