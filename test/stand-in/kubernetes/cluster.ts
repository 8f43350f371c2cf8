import type { AlertRecord, FieldValue } from "../../../src/alert/record.ts";
import type { Action, ActionRequest, ActionResult } from "../../../src/response/action.ts";
import { requestFor } from "../../response/alert.ts";
import { type ApiServer, type Certificates, startApiServer } from "./api-server.ts";
import { alertOf, putShop } from "./objects.ts";

/** The stand-in, with a function that runs actions against it. */
export interface TestCluster {
  readonly server: ApiServer;
  /** Resets the server. */
  reset(): void;
  /** Returns an alert about an existing pod. */
  about(namespace: string, name: string, more?: Readonly<Record<string, FieldValue>>): AlertRecord;
  /**
   * Runs an action with exactly the permissions that it declares.
   * @param more additional permissions that an operator grants
   */
  run(
    action: Action,
    alert: AlertRecord,
    given?: Readonly<Record<string, unknown>>,
    more?: readonly string[],
    request?: Partial<ActionRequest>,
  ): Promise<ActionResult>;
}

export async function startCluster(certificates: Certificates): Promise<TestCluster> {
  const server = await startApiServer(certificates);
  return {
    server,
    reset() {
      server.clear();
      putShop(server);
      server.asked.length = 0;
      server.needed.clear();
      server.budgets.clear();
      server.logs.clear();
      server.interrupt = () => undefined;
    },
    about: (namespace, name, more) => alertOf(server.get("pods", namespace, name), more),
    run(action, alert, given = {}, more = [], request = {}) {
      server.allowed = new Set([...granted(action), ...more]);
      return action.run(requestFor(action, alert, { kubeconfig: server.kubeconfig, ...given }, request));
    },
  };
}

/** Expands permissions: `get, delete pods` becomes `get pods` and `delete pods`. */
export function granted({ permissions }: Pick<Action, "permissions">): Set<string> {
  return new Set(
    permissions.flatMap((line) => {
      const parts = line.split(" ");
      const resource = parts.pop() ?? "";
      return parts.map((verb) => `${verb.replace(",", "")} ${resource}`);
    }),
  );
}
