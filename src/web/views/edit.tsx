/** Changing one's profile. */
import { useEffect, useState } from "preact/hooks";
import type { OwnProfile, ProfileChanges } from "../../client/index.ts";
import { useAccount, useApp } from "../app.ts";
import { type Draft, MainFields, MoreFields, missing, type Wrong } from "./person-form.tsx";
import { Submit, SubPage, useAttempt } from "./sub-page.tsx";
import { Bones } from "./talk-list.tsx";
import { wrongArguments } from "./wrong-arguments.ts";

const DEFAULT_AVATAR = "/resources/avatar.svg";

const draftOf = (own: OwnProfile): Draft => ({
  gender: own.gender === 2 ? 2 : 1,
  user_type: own.user_type === 2 ? 2 : 1,
  language: own.language,
  occup: own.occup,
  avatar: own.avatar === DEFAULT_AVATAR ? "" : own.avatar,
  audio: own.audio ?? "",
  birth: own.birth ?? "",
  email: own.email ?? "",
  phone: own.phone ?? "",
  country: own.country ?? undefined,
  province: own.province ?? undefined,
  city: own.city ?? undefined,
  description: own.description ?? "",
  interest: own.interest ?? "",
});

const FIELDS = [
  ...(["gender", "user_type", "language", "occup", "avatar", "audio", "birth", "email", "phone"] as const),
  ...(["country", "province", "city", "description", "interest"] as const),
];

/** null takes a field out of the profile. */
const changesOf = (before: Draft, draft: Draft): ProfileChanges =>
  Object.fromEntries(
    FIELDS.filter((name) => draft[name] !== before[name]).map((name) => {
      const value = draft[name];
      return [name, (typeof value === "string" ? value.trim() : value) || null];
    }),
  );

export function Edit() {
  const { words } = useApp();
  const account = useAccount();
  const own = account.own.value;
  useEffect(() => void account.loadOwn(), [account]);
  return <SubPage title={words.editProfile}>{own ? <EditForm own={own} /> : <Bones />}</SubPage>;
}

function EditForm({ own }: { own: OwnProfile }) {
  const { words, notices, router } = useApp();
  const account = useAccount();
  const [draft, setDraft] = useState(() => draftOf(own));
  const [wrong, setWrong] = useState<Wrong>({});
  const { busy, problem, attempt } = useAttempt();
  const change = (changes: Partial<Draft>) => {
    setDraft({ ...draft, ...changes });
    setWrong(Object.fromEntries(Object.entries(wrong).filter(([name]) => !(name in changes))));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const lacking = missing(draft, words.required);
    setWrong(lacking);
    if (Object.keys(lacking).length > 0) return;
    void attempt(
      async () => {
        account.own.value = await account.asUser((server, session) =>
          server.updateProfile(session, changesOf(draftOf(own), draft)),
        );
        notices.good(words.profileSaved);
        router.go("me");
      },
      (error) => {
        const problems = wrongArguments(error, words);
        setWrong(problems);
        return Object.keys(problems).length > 0 ? words.errorField : undefined;
      },
    );
  };
  return (
    <form class="card" onSubmit={submit} noValidate>
      <MainFields draft={draft} wrong={wrong} onChange={change} />
      <MoreFields uid={own.uid} name={own.uname} draft={draft} wrong={wrong} onChange={change} />
      <Submit {...{ busy, problem }} text={words.save} />
    </form>
  );
}
