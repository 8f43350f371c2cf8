import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useEffect } from "preact/hooks";
import type { SignInMethods } from "../../src/api/schemas/session.ts";
import { api } from "../api/client.ts";
import { signIn, signInFailure } from "./session.ts";

/** A form for signing in with a token, and a link for signing in with OpenID Connect if it is configured. */
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
        {signInFailure.value !== "" && (
          <p role="alert" class="failure">
            {signInFailure.value}
          </p>
        )}
        <OpenId />
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

/** A link to the OpenID Connect provider. The user returns to the current view. */
function OpenId(): JSX.Element | null {
  const methods = useSignal<SignInMethods | undefined>(undefined);
  useEffect(() => {
    // Without a response, users sign in with tokens.
    api.signInMethods().then(
      (found) => {
        methods.value = found;
      },
      () => {},
    );
  }, [methods]);
  const provider = methods.value?.oidc;
  if (provider === undefined || provider === null) return null;
  const { pathname, search, origin } = window.location;
  // The provider returns users to the public URL, where the sign-in must also begin.
  const isElsewhere = provider.origin !== origin;
  return (
    <>
      <a
        class="button provider"
        href={isElsewhere ? provider.origin + pathname + search : api.openIdAddress(pathname + search)}
      >
        Sign in with <bdi>{provider.name}</bdi>
        {isElsewhere && ` at ${new URL(provider.origin).host}`}
      </a>
      <p class="muted">Or sign in with a token:</p>
    </>
  );
}
