import { useSignal } from "@preact/signals";
import type { FunctionComponent, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { followLinks, path } from "../../ui-shared/page/router.ts";
import { session, sessionEnd } from "../../ui-shared/page/session.ts";
import { NotificationsDialog } from "../notify/button.tsx";
import { followUnseen } from "../notify/unseen.ts";
import { StaleBanner, useStatus } from "./health.tsx";
import { Logo } from "./logo.tsx";
import { Navigation } from "./navigation.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SignIn } from "./sign-in.tsx";
import { SignInAgain } from "./sign-in-again.tsx";
import { viewTitle } from "./title.ts";
import { type View, type ViewProps, viewOf } from "./views.ts";

/** The page: the sign-in form, or the navigation and the view for the URL. */
export function Shell(): JSX.Element {
  if (session.value === undefined) return <LoadingShell />;
  if (session.value === null) return <SignIn />;
  return <SignedIn />;
}

/** The header until the server has responded, the same as in `index.html`. */
function LoadingShell(): JSX.Element {
  return (
    <>
      <header class="bar">
        <span class="brand">
          <Logo />
          <span class="brand-name">Eyas</span>
        </span>
      </header>
      <main>
        <h1 class="visually-hidden">Eyas</h1>
        <p class="waiting" role="status">
          Loading…
        </p>
      </main>
    </>
  );
}

function SignedIn(): JSX.Element {
  useStatus();
  useEffect(followUnseen, []);
  const end = sessionEnd.value;
  return (
    <>
      {end !== undefined && <SignInAgain code={end} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: handles clicks on the links inside */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: links turn Enter into a click */}
      <div class="shell" hidden={end !== undefined} onClick={followLinks}>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Navigation />
        <StaleBanner />
        <main id="content" tabIndex={-1}>
          <CurrentView />
        </main>
        <Shortcuts />
        <NotificationsDialog />
      </div>
    </>
  );
}

function CurrentView(): JSX.Element {
  const found = viewOf(path.value);
  const loaded = useSignal<{ view: View; component: FunctionComponent<ViewProps> } | undefined>(undefined);
  const failed = useSignal(false);
  const view = found?.view;
  useEffect(() => {
    if (view === undefined) return undefined;
    viewTitle.value = view.title;
    failed.value = false;
    let isCurrent = true; // the code of a view that the user has left may be loaded later
    view.load().then(
      (component) => {
        if (isCurrent) loaded.value = { view, component };
      },
      () => {
        if (isCurrent) failed.value = true;
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [view, failed, loaded]);
  if (found === undefined) {
    return (
      <section class="view">
        <div class="heading">
          <h1>Page not found</h1>
        </div>
        <p>
          There is no page at this address. <a href="/">Go to overview</a>
        </p>
      </section>
    );
  }
  if (failed.value) return <p class="failure">Cannot load this view. Reload the page.</p>;
  if (loaded.value?.view !== view) {
    return (
      <p class="waiting" role="status">
        Loading {view?.title.toLowerCase()}…
      </p>
    );
  }
  const { component: Loaded } = loaded.value as { component: FunctionComponent<ViewProps> };
  return <Loaded key={found.subject ?? ""} subject={found.subject} />;
}
