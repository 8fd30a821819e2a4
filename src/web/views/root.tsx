/** Which screen is shown, and what lies above every one of them. */
import { useApp } from "../app.ts";
import { Login } from "./login.tsx";
import { NoticeList } from "./notice-list.tsx";
import { Register } from "./register.tsx";
import { Shell } from "./shell.tsx";

export function Root() {
  const app = useApp();
  const { screen } = app.router.route.value;
  const account = app.account.value;
  return (
    <>
      {account ? <Shell key={account.uid} /> : screen === "register" ? <Register /> : <Login />}
      <NoticeList />
    </>
  );
}
