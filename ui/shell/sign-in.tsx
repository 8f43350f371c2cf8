import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { signIn } from "./session.ts";

export function SignIn(): JSX.Element {
  const failure = useSignal("");
  const waiting = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") {
      failure.value = "Paste the token first.";
      return;
    }
    waiting.value = true;
    failure.value = (await signIn(token)) ?? "";
    waiting.value = false;
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Eyas</h1>
        <label for="token">Token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          aria-describedby="token-help"
          aria-invalid={failure.value !== ""}
        />
        <p id="token-help" class="quiet">
          Eyas printed it when it first started. <code>eyas users add</code> makes more.
        </p>
        <p role="alert" class="failure">
          {failure.value}
        </p>
        <button type="submit" class="primary" disabled={waiting.value}>
          Sign in
        </button>
      </form>
    </main>
  );
}
