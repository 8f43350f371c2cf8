import { Fragment, type JSX } from "preact";
import { Untrusted } from "../../ui-shared/text/untrusted.tsx";

const COMMANDS = ["add NAME --role ROLE", "renew NAME", "remove NAME"];

/** The reason why the server cannot change the users file, and the commands that can change the file. */
export function Commands({ reason, file }: { readonly reason: string; readonly file: string }): JSX.Element {
  const option = `--file ${quoted(file)}`;
  return (
    <section class="panel users-commands" aria-labelledby="users-commands">
      <h2 id="users-commands">Users cannot be changed in the web UI</h2>
      <p>
        <Untrusted text={reason} /> Run these commands as a system user with write access to the file:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the element scrolls */}
      <pre tabIndex={0}>
        {COMMANDS.map((command) => (
          <Fragment key={command}>
            eyas users {command} <Untrusted text={option} />
            {"\n"}
          </Fragment>
        ))}
      </pre>
    </section>
  );
}

/** Quotes an argument for a shell, if necessary. */
function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
