import { useRef, useState } from "preact/hooks";
import type { Registration } from "../../client/index.ts";
import { useApp } from "../app.ts";
import { hrefOf } from "../state/router.ts";
import { PasswordField, TextField } from "./field.tsx";
import { Heading } from "./heading.tsx";
import { type Draft, EMPTY_DRAFT, MainFields, MoreFields, missing, type Wrong } from "./person-form.tsx";
import { Welcome } from "./welcome.tsx";
import { wrongArguments } from "./wrong-arguments.ts";

/** Bytes, as the server counts them. */
const LEAST_PWD = 6;

/** What was left empty is not said at all. */
const given = (draft: Draft): Partial<Registration> =>
  Object.fromEntries(
    Object.entries(draft)
      .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value])
      .filter(([, value]) => value !== "" && value !== undefined),
  );

export function Register() {
  const app = useApp();
  const { words } = app;
  const form = useRef<HTMLFormElement>(null);
  const [uname, setUname] = useState("");
  const [pwd, setPwd] = useState("");
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [wrong, setWrong] = useState<Wrong>({});
  const [free, setFree] = useState<boolean | undefined>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  const forget = (...names: string[]) =>
    setWrong(Object.fromEntries(Object.entries(wrong).filter(([name]) => !names.includes(name))));
  const change = (changes: Partial<Draft>) => {
    setDraft({ ...draft, ...changes });
    forget(...Object.keys(changes));
  };
  const refuse = (problems: Wrong, said: string) => {
    setWrong(problems);
    setProblem(said);
    // After they are shown.
    setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid], .choice.wrong input")?.focus());
  };
  const checkName = async () => {
    if (uname.trim() === "") return setFree(undefined);
    setFree(await app.server.isNameFree(uname).catch(() => undefined));
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    const lacking: Wrong = {
      ...(uname.trim() === "" && { uname: words.required }),
      ...(new TextEncoder().encode(pwd).length < LEAST_PWD && { pwd: words.pwdHint }),
      ...missing(draft, words.required),
    };
    if (Object.keys(lacking).length > 0) return refuse(lacking, "");
    setBusy(true);
    setProblem("");
    try {
      app.enter(await app.server.register({ ...given(draft), uname, pwd } as Registration));
    } catch (error) {
      const problems = wrongArguments(error, words);
      refuse(problems, Object.keys(problems).length > 0 ? words.errorField : app.describe(error));
      setBusy(false);
    }
  };

  return (
    <Welcome wide>
      <form class="card" ref={form} onSubmit={submit} noValidate>
        <Heading title={words.register}>{words.register}</Heading>
        <section>
          <h2>{words.accountSection}</h2>
          <TextField
            name="uname"
            label={words.uname}
            hint={free ? words.unameFree : words.unameHint}
            error={wrong.uname ?? (free === false ? words.unameNotFree : undefined)}
            autocomplete="username"
            value={uname}
            onText={(text) => {
              setUname(text);
              setFree(undefined);
              forget("uname");
            }}
            onBlur={checkName}
          />
          <PasswordField
            name="pwd"
            label={words.pwd}
            hint={words.pwdHint}
            error={wrong.pwd}
            autocomplete="new-password"
            value={pwd}
            onText={(text) => {
              setPwd(text);
              forget("pwd");
            }}
          />
        </section>
        <section>
          <h2>{words.youSection}</h2>
          <MainFields draft={draft} wrong={wrong} onChange={change} />
        </section>
        <section>
          <h2>{words.moreSection}</h2>
          <MoreFields name={uname} draft={draft} wrong={wrong} onChange={change} />
        </section>
        <p class="error" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.loading : words.register}
        </button>
        <p class="aside">
          {words.haveAccount} <a href={hrefOf("login")}>{words.login}</a>
        </p>
      </form>
    </Welcome>
  );
}
