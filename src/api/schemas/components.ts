import type { Schema } from "../schema.ts";
import {
  Alert,
  AlertDetail,
  AlertPage,
  ConditionPart,
  Counts,
  ExceptionProposal,
  Explanation,
  OverTime,
  Related,
  RulesOverTime,
} from "./alert.ts";
import { BulkChange } from "./bulk.ts";
import { CaseDetail, CasePage } from "./case.ts";
import { Done, Failure } from "./common.ts";
import { ExceptionList } from "./exception.ts";
import { Flows } from "./flow.ts";
import { GroupDetail, GroupPage } from "./group.ts";
import { Incident } from "./incident.ts";
import { MachineDetail, Machines } from "./machine.ts";
import { DeadLetter, DeadLetters, OutputDetail, OutputTest, Resent } from "./output.ts";
import { Posture } from "./posture.ts";
import { AuditPage, ResponsePage, SuspendedTargets } from "./response.ts";
import { Coverage, RuleDetail, RuleFiles, Rules, Samples } from "./rule.ts";
import { Session, SignInMethods } from "./session.ts";
import { Status } from "./status.ts";
import { NewToken, UserListing } from "./user.ts";

/** The named schemas of the OpenAPI document. */
export const components: Readonly<Record<string, Schema>> = {
  Error: Failure,
  Session,
  SignInMethods,
  Alert,
  AlertPage,
  AlertDetail,
  Groups: GroupPage,
  Group: GroupDetail,
  Cases: CasePage,
  Case: CaseDetail,
  Counts,
  OverTime,
  RulesOverTime,
  Flows,
  BulkChange,
  Related,
  Incident,
  ConditionPart,
  Explanation,
  Exception: ExceptionProposal,
  Exceptions: ExceptionList,
  Status,
  Rules,
  Rule: RuleDetail,
  RuleFiles,
  Coverage,
  Samples,
  Responses: ResponsePage,
  SuspendedTargets,
  Audit: AuditPage,
  Output: OutputDetail,
  DeadLetter,
  DeadLetters,
  OutputTest,
  Resent,
  Users: UserListing,
  NewToken,
  Machines,
  Machine: MachineDetail,
  Posture,
  Done,
};
