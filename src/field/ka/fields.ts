import { toByteString } from "../../event/bytes.ts";
import { isArray, type JsonObject } from "../../event/document.ts";
import { queryParameters } from "../../event/request-query.ts";
import { type Field, FieldArgumentError, type Reader } from "../field.ts";
import { walk } from "../json-value.ts";
import { row, rowWith } from "../row.ts";
import { accessFields } from "./binding.ts";
import { callerFields } from "./caller.ts";
import { podFields } from "./pod.ts";
import { auditOf, collect, indexedField, textAt, textField, textsAt, textsOf } from "./read.ts";

function annotation(name: string, key: string, description: string): Field {
  return textField(name, ["annotations", key], description);
}

function queryParameter(argument: string | undefined): Reader {
  if (argument === undefined)
    throw new FieldArgumentError("ka.uri.param requires a name, for example ka.uri.param[command].");
  const key = toByteString(argument);
  const keys: ReadonlySet<string> = new Set([key]);
  const uri = textAt("requestURI");
  return (event) => {
    const text = uri(event);
    return typeof text === "string" ? queryParameters(text, keys).get(key)?.[0] : undefined;
  };
}

const createdName = textAt("responseObject", "metadata", "name");

/** The name of the pod in the response to a request for a pod, but not for a subresource. */
const podName: Reader = (event) => {
  const target = walk(auditOf(event), ["objectRef"]);
  if (walk(target, ["resource"]) !== "pods" || (walk(target, ["subresource"]) ?? "") !== "") return undefined;
  return createdName(event);
};

function sourceAddresses(audit: JsonObject, index: number | undefined): readonly string[] | undefined {
  const all = walk(audit, ["sourceIPs"]);
  return isArray(all) ? textsOf(index === undefined ? all : [all[index]]) : undefined;
}

function servicePorts(audit: JsonObject, index: number | undefined): readonly string[] | undefined {
  const ports = collect(audit, ["requestObject", "spec", "ports"], undefined);
  if (index === undefined || ports === undefined) return ports && textsOf(ports);
  return isArray(ports[0]) ? textsOf([ports[0][index]]) : undefined;
}

/** Fields of Kubernetes audit events. Other documents have no value for them. */
export const auditFields: readonly Field[] = [
  textField("ka.auditid", ["auditID"], "The ID of the request; all events of a request share the ID.", {
    changes: "often",
    joined: true,
  }),
  textField("ka.stage", ["stage"], "Stage of the request: RequestReceived, ResponseStarted, ResponseComplete, Panic."),
  annotation("ka.auth.decision", "authorization.k8s.io/decision", "The authorization decision: allow or forbid."),
  annotation(
    "ka.auth.reason",
    "authorization.k8s.io/reason",
    "The reason for the decision, such as the binding that allows the request.",
  ),
  annotation(
    "ka.auth.openshift.decision",
    "authentication.openshift.io/decision",
    "The authentication decision of OpenShift.",
  ),
  annotation(
    "ka.auth.openshift.username",
    "authentication.openshift.io/username",
    "The user who signed in to OpenShift.",
  ),
  annotation(
    "ka.validations.admission.policy.failure",
    "validation.policy.admission.k8s.io/validation_failure",
    "The reason for the rejection by a validating admission policy.",
  ),
  annotation(
    "ka.security.pod.violations",
    "pod-security.kubernetes.io/audit-violations",
    "Violations of the pod security standard in the requested pod.",
  ),
  textField("ka.user.name", ["user", "username"], "The user of the request.", {
    about: "requester",
    as: "name",
    title: "Actor",
    ecs: { "user.name": "text" },
  }),
  row("ka.user.groups", "CHARBUF", textsAt("user", "groups"), "The groups that this user is in.", {
    list: true,
    testsMembers: true,
  }),
  ...callerFields,
  textField("ka.impuser.name", ["impersonatedUser", "username"], "The impersonated user."),
  textField("ka.verb", ["verb"], "The verb: get, list, create, delete and so on.", {
    ecs: { "event.action": "text" },
  }),
  textField("ka.uri", ["requestURI"], "The URI of the request."),
  rowWith("ka.uri.param", "CHARBUF", queryParameter, "A query parameter of the request: ka.uri.param[command].", {
    argument: { required: true, index: false, key: true },
  }),
  textField("ka.target.name", ["objectRef", "name"], "The name of the object that the request is about.", {
    about: "object",
    as: "name",
    target: true,
    ecs: { "orchestrator.resource.name": "text" },
  }),
  textField("ka.target.namespace", ["objectRef", "namespace"], "The namespace of the target.", {
    about: "namespace",
    as: "name",
    target: true,
    ecs: { "orchestrator.namespace": "text" },
  }),
  textField("ka.target.resource", ["objectRef", "resource"], "The kind of resource, such as pods.", {
    about: "object",
    as: "trait",
    target: true,
    ecs: { "orchestrator.resource.type": "text" },
  }),
  textField("ka.target.subresource", ["objectRef", "subresource"], "The subresource, such as exec."),
  row(
    "ka.target.pod.name",
    "CHARBUF",
    podName,
    "The name of the pod in the response to a request about a pod itself.",
    {
      about: "pod",
      as: "name",
      target: true,
    },
  ),
  ...accessFields,
  textField("ka.req.configmap.name", ["objectRef", "name"], "The name of the config map that the request is about."),
  textField("ka.req.configmap.obj", ["requestObject", "data"], "The data of a requested config map, as JSON."),
  ...podFields,
  textField(
    "ka.req.service.type",
    ["requestObject", "spec", "type"],
    "The type of a requested service, such as NodePort.",
  ),
  indexedField("ka.req.service.ports", servicePorts, "The ports of a requested service, as JSON."),
  textField("ka.resp.name", ["responseObject", "metadata", "name"], "The name of the object in the response."),
  textField("ka.response.code", ["responseStatus", "code"], "The HTTP status of the response."),
  textField(
    "ka.response.reason",
    ["responseStatus", "reason"],
    "The reason for the failure of the request, such as NotFound.",
  ),
  textField("ka.useragent", ["userAgent"], "The user agent of the client.", {
    ecs: { "user_agent.original": "text" },
  }),
  indexedField("ka.sourceips", sourceAddresses, "The addresses of the client and of proxies."),
  annotation("ka.cluster.name", "cluster_name", "The name of the cluster, if the sender adds the name to the events."),
];
