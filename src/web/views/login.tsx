import { useState } from "preact/hooks";
import { useApp } from "../app.ts";
import { hrefOf } from "../state/router.ts";
import { PasswordField, TextField } from "./field.tsx";
import { Heading } from "./heading.tsx";
import { Welcome } from "./welcome.tsx";

export function Login() {
  const app = useApp();
  const { words } = app;
  const [uname, setUname] = useState("");
  const [pwd, setPwd] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  const submit = async (event: Event) => {
    event.preventDefault();
    if (uname.trim() === "" || pwd === "") return setProblem(words.required);
    setBusy(true);
    setProblem("");
    try {
      app.enter(await app.server.login(uname, pwd));
    } catch (error) {
      setProblem(app.describe(error));
      setBusy(false);
    }
  };

  return (
    <Welcome>
      <form class="card" onSubmit={submit} noValidate>
        <Heading title={words.login}>{words.login}</Heading>
        <TextField name="uname" label={words.uname} autocomplete="username" value={uname} onText={setUname} />
        <PasswordField name="pwd" label={words.pwd} autocomplete="current-password" value={pwd} onText={setPwd} />
        <p class="error" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.loading : words.login}
        </button>
        <p class="aside">
          {words.noAccount} <a href={hrefOf("register")}>{words.register}</a>
        </p>
      </form>
    </Welcome>
  );
}
