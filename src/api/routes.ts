import { addComment, setState, showAlert, showExplanation, showIncident, showRelated } from "./routes/alert.ts";
import {
  alertsOverTime,
  countAlerts,
  countAlertsTogether,
  exportAlerts,
  listAlerts,
  listFlows,
  rulesOverTime,
} from "./routes/alerts.ts";
import { listSamples, readCapture, readRecent, readSample } from "./routes/captures.ts";
import { changeCase, exportCase, listCases, openCase, showCase } from "./routes/cases.ts";
import { changeAlerts, showChange, undoChange } from "./routes/changes.ts";
import { showDocument } from "./routes/document.ts";
import {
  applyException,
  editException,
  listExceptions,
  proposeExceptionFor,
  removeException,
  revertException,
  setExceptionExpiry,
} from "./routes/exceptions.ts";
import { changeGroup, groupAlerts, showGroup } from "./routes/groups.ts";
import { listMachines, showMachine } from "./routes/machines.ts";
import { listDeadLetters, resendDeadLetters, showOutput, testOutput } from "./routes/outputs.ts";
import { showPosture } from "./routes/posture.ts";
import {
  listResponses,
  listSuspended,
  pauseResponses,
  readAudit,
  releaseSuspended,
  resumeResponses,
} from "./routes/responses.ts";
import { listRuleSettings, revertRule, setRule } from "./routes/rule-settings.ts";
import { listRuleFiles, listRules, listRuleWarnings, showCoverage, showRule } from "./routes/rules.ts";
import { showSession, signIn, signOut } from "./routes/session.ts";
import { beginOpenIdSignIn, finishOpenIdSignIn, showSignInMethods } from "./routes/sign-in.ts";
import { followEvents, showStatus } from "./routes/status.ts";
import { addUser, listUsers, removeUser, renewToken, setUserRole } from "./routes/users.ts";

/** All routes of the API, in the order of the documentation. */
export const routes = [
  ...[signIn, showSession, signOut],
  ...[showSignInMethods, beginOpenIdSignIn, finishOpenIdSignIn],
  ...[showStatus, followEvents],
  ...[
    listAlerts,
    groupAlerts,
    countAlerts,
    countAlertsTogether,
    alertsOverTime,
    rulesOverTime,
    listFlows,
    exportAlerts,
  ],
  ...[changeAlerts, showChange, undoChange],
  ...[showAlert, showRelated, showIncident, showExplanation, setState, addComment, proposeExceptionFor],
  ...[showGroup, changeGroup],
  ...[listCases, openCase, showCase, changeCase, exportCase],
  ...[listRules, listRuleFiles, listRuleWarnings, showRule, showCoverage],
  ...[listRuleSettings, setRule, revertRule],
  ...[listExceptions, applyException, editException, setExceptionExpiry, removeException, revertException],
  ...[listSamples, readSample, readRecent, readCapture],
  ...[listResponses, listSuspended, pauseResponses, resumeResponses, releaseSuspended, readAudit],
  ...[showOutput, listDeadLetters, testOutput, resendDeadLetters],
  ...[listUsers, addUser, setUserRole, renewToken, removeUser],
  ...[listMachines, showMachine],
  showPosture,
  showDocument,
] as const;
