import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Dialog } from "../../ui-shared/page/dialog.tsx";
import { continueFromOtherTab, session, sessionEnd } from "../../ui-shared/page/session.ts";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";
import { visible } from "../../ui-shared/text/visible.ts";

interface TokenDialogProps {
  readonly name: string;
  readonly token: string;
  readonly close: () => void;
}

/** Shows a new token, which the server does not store and cannot show again. */
export function TokenDialog({ name, token, close }: TokenDialogProps): JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const message = useSignal("");
  const isOwn = name === session.value?.user;
  // The response with the user's own token has replaced the session. Requests with the previous session may be rejected
  // later.
  useEffect(() => {
    if (isOwn) void continueFromOtherTab();
  }, [isOwn, sessionEnd.value]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(token);
      message.value = "Copied.";
    } catch {
      // Browsers allow this only on HTTPS and loopback addresses.
      input.current?.select();
      message.value = "The token is selected. Copy it with the keyboard.";
    }
  };
  return (
    <Dialog title={`Token of ${visible(name)}`} close={close}>
      <div class="stacked user-dialog">
        <p>
          Copy the token now. It cannot be shown again.
          {!isOwn && (
            <>
              {" "}
              Send it to <Untrusted text={name} /> over a secure channel.
            </>
          )}
        </p>
        <label for={`${id}-token`}>Token</label>
        <input
          ref={input}
          id={`${id}-token`}
          class="mono"
          type="text"
          readOnly
          data-focus
          autocomplete="off"
          spellcheck={false}
          value={token}
          onFocus={() => input.current?.select()}
        />
        <p class="user-copy">
          <button type="button" class="primary" onClick={() => void copy()}>
            Copy token
          </button>
          <button type="button" onClick={close}>
            Done
          </button>
          <span role="status">{message.value}</span>
        </p>
      </div>
    </Dialog>
  );
}
