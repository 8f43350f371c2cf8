import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { signIn } from "./session.ts";

/** A form for signing in with a token. */
export function SignIn(): JSX.Element {
  const failure = useSignal("");
  const loading = useSignal(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") {
      failure.value = "Enter a token.";
      return;
    }
    loading.value = true;
    failure.value = (await signIn(token)) ?? "";
    loading.value = false;
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
        <p id="token-help" class="muted">
          Eyas prints a token when it starts for the first time. To create more tokens, run <code>eyas users add</code>.
        </p>
        <p role="alert" class="failure">
          {failure.value}
        </p>
        <button type="submit" class="primary" disabled={loading.value}>
          Sign in
        </button>
      </form>
    </main>
  );
}
