import type { JSX } from "preact";
import type { Status } from "../../src/api/schemas/status.ts";
import { Untrusted } from "../text/untrusted.tsx";
import { Step } from "./step.tsx";

interface FirstActionProps {
  readonly status: Status;
  readonly isDone: boolean;
}

/** The first step, which causes an alert. Its text depends on the source of the alerts. */
export function FirstAction({ status, isDone }: FirstActionProps): JSX.Element {
  const { title, Text } = actionOf(status);
  return (
    <Step title={title} isDone={isDone}>
      <Text {...status} />
    </Step>
  );
}

interface Action {
  readonly title: string;
  readonly Text: (status: Status) => JSX.Element;
}

function actionOf({ fleet, watching, sources }: Status): Action {
  if (fleet) return { title: "Check that machines send alerts", Text: OfFleet };
  if (!watching) return { title: "Monitor a machine", Text: OfStoredJournal };
  const hasSensor = sources.some(({ name }) => name === "syscall");
  return hasSensor
    ? { title: "Run a harmless test", Text: OfSensor }
    : { title: "Send an event", Text: OfDocumentSources };
}

function OfSensor({ hostname }: Status): JSX.Element {
  return (
    <>
      <p>
        In a terminal on <Untrusted text={hostname} />, read a file with password hashes and discard its content:
      </p>
      <pre>sudo eyas drill --only read-shadow</pre>
      <p class="muted">
        <code>sudo eyas drill</code> runs all test actions, in about 20 seconds.
      </p>
    </>
  );
}

function OfDocumentSources({ sources }: Status): JSX.Element {
  return (
    <>
      <p>
        {sources.length === 0 ? (
          "This agent does not monitor system calls, and has no other source. Enable one in the configuration."
        ) : (
          <>
            This agent does not monitor system calls. Its alerts come from{" "}
            <Untrusted text={sources.map(({ name, intake }) => (intake ? "the alert intake" : name)).join(", ")} />.
          </>
        )}
      </p>
      <p class="muted">
        The drill can send test events to a source; <code>eyas drill --help</code> has an example.
      </p>
    </>
  );
}

function OfFleet(): JSX.Element {
  return (
    <>
      <p>
        The web UI shows the alerts that machines send to Elasticsearch or OpenSearch. On a monitored machine, check the
        state of this output:
      </p>
      <pre>eyas outputs</pre>
      <p class="muted">
        To raise a test alert there, run <code>sudo eyas drill --only read-shadow</code>.
      </p>
    </>
  );
}

function OfStoredJournal(): JSX.Element {
  return (
    <>
      <p>The web UI runs without the agent, and the journal contains no alerts. To monitor this machine, run:</p>
      <pre>sudo eyas start</pre>
    </>
  );
}
