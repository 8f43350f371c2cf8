import type { JSX } from "preact";
import type { ViewProps } from "../shell/views.ts";
import { CaseView } from "./case.tsx";
import { CaseList } from "./list.tsx";

/** The list of cases, or the case in the URL. */
export function CasesPage({ subject }: ViewProps): JSX.Element {
  return subject === undefined ? <CaseList /> : <CaseView key={subject} id={subject} />;
}
