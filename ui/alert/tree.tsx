import type { JSX } from "preact";
import type { Related, TreeProcess } from "../../src/api/schemas/alert.ts";
import type { Resource } from "../shell/resource.ts";
import { Time } from "../text/time.tsx";
import { Untrusted } from "../text/untrusted.tsx";
import { Panel } from "./panel.tsx";

/** From the first process to the one that the alert is about, each the parent of the next. */
export function TreePanel({ related }: { readonly related: Resource<Related> }): JSX.Element {
  const { value, failure } = related;
  return (
    <Panel title="Process tree">
      {value === undefined ? (
        <p class="quiet">{failure ?? "Loading …"}</p>
      ) : value.tree.length === 0 ? (
        <p class="quiet">No process is known for this alert.</p>
      ) : (
        <Branch processes={value.tree} />
      )}
    </Panel>
  );
}

function Branch({ processes }: { readonly processes: readonly TreeProcess[] }): JSX.Element {
  const [first, ...rest] = processes;
  return (
    <ol class="tree">
      <li aria-current={first.isAlert ? "true" : undefined}>
        <Process {...first} />
        {rest.length > 0 && <Branch processes={rest} />}
      </li>
    </ol>
  );
}

/** Characters from which on a command line may need more than the lines it is given. */
const LONG = 300;

function Process({ pid, name, cmdline, exepath, user, time, isAlert }: TreeProcess): JSX.Element {
  return (
    <div class={isAlert ? "process of-alert" : "process"}>
      <p>
        <b>
          <Untrusted text={name} empty="?" />
        </b>
        {pid > 0 && <span class="quiet"> {pid}</span>}
        {user !== undefined && (
          <span class="quiet">
            {" "}
            by <Untrusted text={user} />
          </span>
        )}
        {time !== undefined && (
          <span class="quiet">
            {" "}
            since <Time iso={time} />
          </span>
        )}
        {isAlert && <span class="unseen"> raised the alert</span>}
      </p>
      {cmdline !== "" && (
        <p class="mono command" tabIndex={cmdline.length > LONG ? 0 : undefined}>
          <Untrusted text={cmdline} />
        </p>
      )}
      {exepath !== undefined && exepath !== "" && !cmdline.startsWith(exepath) && (
        <p class="mono quiet">
          <Untrusted text={exepath} />
        </p>
      )}
    </div>
  );
}
