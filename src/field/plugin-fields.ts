// Fields of Falco plugins, with the JSON pointer to their value in the service's events. Fields that a plugin computes
// from several values are not included.

const cloudtrail = `id eventID, error errorCode, errormessage errorMessage, time eventTime, src eventSource,
shortsrc eventSource, name eventName, user userIdentity/userName, user.accountid userIdentity/accountId,
user.identitytype userIdentity/type, user.principalid userIdentity/principalId, user.arn userIdentity/arn, region awsRegion,
response responseElements, response.subnetid responseElements/subnetId,
response.reservationid responseElements/reservationId, request requestParameters,
request.availabilityzone requestParameters/availabilityZone, request.cluster requestParameters/cluster,
request.functionname requestParameters/functionName, request.groupname requestParameters/groupName,
request.host requestParameters/Host, request.name requestParameters/name, request.policy requestParameters/policy,
request.reason requestParameters/reason, request.target requestParameters/target,
request.documentname requestParameters/documentName, request.serialnumber requestParameters/serialNumber,
request.servicename requestParameters/serviceName, request.subnetid requestParameters/subnetId,
request.taskdefinition requestParameters/taskDefinition, request.username requestParameters/userName,
srcip sourceIPAddress, useragent userAgent, managementevent managementEvent, readonly readOnly, requestid requestID,
eventtype eventType, apiversion apiVersion, resources resources, recipientaccountid recipientAccountId,
serviceeventdetails serviceEventDetails, sharedeventid sharedEventID, vpcendpointid vpcEndpointId,
eventcategory eventCategory, tlsdetails.tlsversion tlsDetails/tlsVersion, tlsdetails.ciphersuite tlsDetails/cipherSuite,
additionaleventdata additionalEventData`;

const okta = `evt.type eventType, evt.legacytype legacyEventType, severity severity, message displayMessage,
published published, behaviors debugContext/debugData/behaviors, requesturi debugContext/debugData/requestUri,
logonlysecuritydata debugContext/debugData/logOnlySecurityData, actor.id actor/id, actor.Type actor/type,
actor.alternateid actor/alternateId, actor.name actor/displayName, client.zone client/zone, client.ip client/ipAddress,
client.device client/device, client.id client/id, client.geo.city client/geographicalContext/city,
client.geo.state client/geographicalContext/state, client.geo.country client/geographicalContext/country,
client.geo.postalcode client/geographicalContext/postalCode,
client.geo.lat client/geographicalContext/geolocation/lat, client.geo.lon client/geographicalContext/geolocation/lon,
useragent.os client/userAgent/os, useragent.browser client/userAgent/browser, useragent.raw client/userAgent/rawUserAgent,
result outcome/result, reason outcome/reason, transaction.id transaction/id, transaction.type transaction/type,
principal.id debugContext/debugData/originalPrincipal/id,
principal.alternateid debugContext/debugData/originalPrincipal/alternateId,
principal.type debugContext/debugData/originalPrincipal/type,
principal.name debugContext/debugData/originalPrincipal/displayName,
authentication.step authenticationContext/authenticationStep,
authentication.sessionid authenticationContext/externalSessionId,
authentication.provider authenticationContext/authenticationProvider,
authentication.credentialprovider authenticationContext/credentialProvider, security.asnumber securityContext/asNumber,
security.asorg securityContext/asOrg, security.isp securityContext/isp, security.domain securityContext/domain,
security.isproxy securityContext/isProxy, targets.displayName target/0/displayName, target.user.id target/0/id,
target.user.alternateid target/0/alternateId, target.user.name target/0/displayName, target.group.id target/0/id,
target.group.alternateid target/0/alternateId, target.group.name target/0/displayName,
target.app.alternateid target/0/alternateId`;

const gcp = `user protoPayload/authenticationInfo/principalEmail, callerIP protoPayload/requestMetadata/callerIp,
userAgent protoPayload/requestMetadata/callerSuppliedUserAgent, authorizationInfo protoPayload/authorizationInfo,
serviceName protoPayload/serviceName, request protoPayload/request,
policyDelta protoPayload/serviceData/policyDelta/bindingDeltas, methodName protoPayload/methodName,
cloudfunctions.function resource/labels/function_name, cloudsql.databaseId resource/labels/database_id,
compute.instanceId resource/labels/instance_id, compute.networkId resource/labels/network_id,
compute.subnetwork resource/labels/subnetwork_name, compute.subnetworkId resource/labels/subnetwork_id,
dns.zone resource/labels/zone_name, iam.serviceAccount resource/labels/email_id,
iam.serviceAccountId resource/labels/unique_id, location resource/labels/location, logging.sink resource/labels/name,
projectId resource/labels/project_id, resourceName protoPayload/resourceName, resourceType resource/type,
resourceLabels resource/labels, storage.bucket resource/labels/bucket_name, time timestamp`;

const github = `action action, user sender/login, repo repository/html_url, repo.url repository/html_url,
repo.name repository/html_url, repo.description repository/description, org organization/login,
owner repository/owner/login, collaborator.name member/login, collaborator.role changes/permission/to,
webhook.type hook/type, workflow.filename workflow/path`;

const pointers: ReadonlyMap<string, string> = new Map(
  Object.entries({ ct: cloudtrail, okta, gcp, github }).flatMap(([plugin, fields]) =>
    fields.split(/,\s+/).map((each): [string, string] => {
      const [name = "", pointer = ""] = each.trim().split(" ");
      return [`${plugin}.${name}`, pointer];
    }),
  ),
);

/** A hint about how to replace an unknown field in a condition for JSON events. */
export function jsonInstead(field: string): string {
  const pointer = pointers.get(field.replace(/\[.*/, ""));
  return pointer === undefined
    ? "The events of this source are JSON: json.value[/…] reads the value at a JSON pointer."
    : `The events of this source are JSON: use json.value[/${pointer}].`;
}
