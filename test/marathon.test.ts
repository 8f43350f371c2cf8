// The app definition in deploy/marathon is valid, and has the privileges of the DaemonSet.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { home } from "../src/agent/home.ts";
import { loadConfig } from "../src/config/load.ts";

interface App {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly mem: number;
  readonly container: {
    readonly type: string;
    readonly docker: {
      readonly image: string;
      readonly privileged: boolean;
      readonly parameters: readonly { readonly key: string; readonly value: string }[];
    };
    readonly volumes: readonly { readonly containerPath: string; readonly hostPath: string; readonly mode: string }[];
  };
  readonly portDefinitions: readonly { readonly port: number }[];
  readonly healthChecks: readonly { readonly protocol: string; readonly path: string; readonly portIndex: number }[];
}

interface DaemonSet {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly image: string;
          readonly env: readonly { readonly name: string; readonly value?: string }[];
          readonly securityContext: {
            readonly runAsUser: number;
            readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
          };
          readonly livenessProbe: { readonly httpGet: { readonly path: string } };
          readonly resources: { readonly limits: { readonly memory: string } };
          readonly volumeMounts: readonly {
            readonly name: string;
            readonly mountPath: string;
            readonly readOnly?: boolean;
          }[];
        }[];
        readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
      };
    };
  };
}

const app = JSON.parse(readFileSync(join(home, "deploy/marathon/eyas.json"), "utf8")) as App;
const daemonSet = parseAllDocuments(readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8"))
  .map((document) => document.toJS() as DaemonSet)
  .find(({ kind }) => kind === "DaemonSet")!;
const pod = daemonSet.spec.template.spec;
const [container] = pod.containers;

const parameters = (key: string): string[] =>
  app.container.docker.parameters.filter((each) => each.key === key).map(({ value }) => value);

test("the app has the image, the privileges and the memory of the DaemonSet", () => {
  const { securityContext: security, image, resources } = container!;
  expect(app.container).toMatchObject({ type: "DOCKER", docker: { image, privileged: false } });
  expect(parameters("cap-drop")).toEqual(security.capabilities.drop);
  expect(parameters("cap-add")).toEqual(security.capabilities.add);
  expect(parameters("user")).toEqual([String(security.runAsUser)]);
  expect(security).toMatchObject({
    ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, appArmorProfile: { type: "Unconfined" } },
  });
  expect(parameters("read-only")).toEqual(["true"]);
  expect(parameters("security-opt")).toEqual(["no-new-privileges", "apparmor=unconfined"]);
  expect(`${app.mem / 1024}Gi`).toBe(resources.limits.memory);
});

test("the app has the paths of the machine that the DaemonSet has", () => {
  const paths = new Map(pod.volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
  const mounted = container!.volumeMounts.flatMap(({ name, mountPath, readOnly }) => {
    const hostPath = paths.get(name);
    return hostPath === undefined ? [] : [{ containerPath: mountPath, hostPath, mode: readOnly ? "RO" : "RW" }];
  });
  expect(app.container.volumes).toEqual(mounted);
  expect(parameters("tmpfs")).toEqual(["/tmp"]);
  expect(app.env.HOST_ROOT).toBe(container!.env.find(({ name }) => name === "HOST_ROOT")?.value);
});

test("the options are valid, and the health check requests the health endpoint of the app", async () => {
  const [command, ...words] = app.args;
  expect(command).toBe("run");
  expect(words.filter((_, i) => i % 2 === 0)).toEqual(words.filter((_, i) => i % 2 === 1).map(() => "-o"));
  const { config, diagnostics } = await loadConfig(
    undefined,
    words.filter((_, i) => i % 2 === 1),
  );
  expect(diagnostics).toEqual([]);
  const { webserver, journal } = config;
  expect(webserver).toMatchObject({ enabled: true, listen_port: app.portDefinitions[0]?.port });
  expect(app.healthChecks).toMatchObject([
    { protocol: "MESOS_HTTP", portIndex: 0, path: container!.livenessProbe.httpGet.path },
  ]);
  expect(app.healthChecks[0]?.path).toMatch(new RegExp(`^${webserver.k8s_healthz_endpoint}\\?`));
  expect(app.container.volumes.some(({ containerPath }) => journal.path.startsWith(`${containerPath}/`))).toBe(true);
});
