import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useEffect, useId } from "preact/hooks";
import type { SignInMethods } from "../../src/api/schemas/session.ts";
import { api } from "../../ui-shared/api/client.ts";
import { signIn, signInFailure } from "../../ui-shared/page/session.ts";
import { viewTitle } from "./title.ts";

/** The view for signing in. */
export function SignIn(): JSX.Element {
  useEffect(() => {
    viewTitle.value = "Sign in";
  }, []);
  return (
    <main class="sign-in">
      <SignInForm title="Eyas" reason={signInFailure.value} />
    </main>
  );
}

interface SignInFormProps {
  readonly title: string;
  /** The reason why the user must sign in; empty if there is no special reason. */
  readonly reason: string;
  /** Whether the page stays open while the user signs in, so that its views keep their text. */
  readonly keepsPage?: true | undefined;
}

/** A form for signing in with a token, and a link for signing in with OpenID Connect if it is configured. */
export function SignInForm({ title, reason, keepsPage }: SignInFormProps): JSX.Element {
  const id = useId();
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
    <form onSubmit={(event) => void submit(event)}>
      <h1 id="sign-in-title">{title}</h1>
      {reason !== "" && (
        <p role="alert" class="failure">
          {reason}
        </p>
      )}
      {keepsPage && <p>Sign in to continue where you left off. Text that you entered is kept.</p>}
      <OpenId keepsPage={keepsPage} />
      <label for={`${id}-token`}>Token</label>
      <input
        id={`${id}-token`}
        name="token"
        type="password"
        autocomplete="current-password"
        spellcheck={false}
        aria-describedby={`${id}-help`}
        aria-invalid={failure.value !== ""}
      />
      <p id={`${id}-help`} class="muted">
        To create a token, run <code>eyas users add</code>, or <code>eyas users renew</code> for an existing user.
      </p>
      <p role="alert" class="failure">
        {failure.value}
      </p>
      <button type="submit" class="primary" disabled={loading.value}>
        Sign in
      </button>
    </form>
  );
}

/** A link to the OpenID Connect provider. The user returns to the current view, or signs in in another tab. */
function OpenId({ keepsPage }: Pick<SignInFormProps, "keepsPage">): JSX.Element | null {
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
        target={keepsPage && "_blank"}
        rel={keepsPage && "noopener"}
        href={isElsewhere ? provider.origin + pathname + search : api.openIdAddress(pathname + search)}
      >
        Sign in with <bdi>{provider.name}</bdi>
        {isElsewhere && ` at ${new URL(provider.origin).host}`}
        {keepsPage && " in a new tab"}
      </a>
      <p class="muted">Or sign in with a token:</p>
    </>
  );
}
