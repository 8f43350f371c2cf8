import type { JSX } from "preact";
import type { AlertGroup } from "../../src/api/schemas/group.ts";
import { Untrusted } from "../text/untrusted.tsx";

type GroupScope = NonNullable<AlertGroup["autoClose"]>["scope"];

/** States which alerts of a group are closed automatically. */
export function GroupScopeText({ scope }: { readonly scope: GroupScope }): JSX.Element {
  const { hostname, received, contained, namespace = "", image = "", priority } = scope;
  return (
    <>
      Only {received && "received "}alerts from host{" "}
      <b>
        <Untrusted text={hostname} empty="(no name)" />
      </b>
      {namespace !== "" && (
        <>
          , in the namespace{" "}
          <b>
            <Untrusted text={namespace} />
          </b>
        </>
      )}
      {contained && ", in containers"}
      {image !== "" && (
        <>
          {contained ? " " : ", "}with the image{" "}
          <b>
            <Untrusted text={image} />
          </b>
        </>
      )}
      , and with priority {priority} or lower are closed.
    </>
  );
}
