import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { findCloud, type ProviderName } from "./cloud.ts";

// Stand-ins for the metadata services, which answer as each provider documents.

type Answer = (request: IncomingMessage) => { status?: number; headers?: Record<string, string>; body?: string };

const amazon: Answer = ({ method, url, headers }) => {
  if (url === "/latest/api/token") {
    const life = Number(headers["x-aws-ec2-metadata-token-ttl-seconds"]);
    return method === "PUT" && life > 0 ? { body: "AQAE-token==" } : { status: 405 };
  }
  if (headers["x-aws-ec2-metadata-token"] !== "AQAE-token==") return { status: 401 };
  if (url !== "/latest/dynamic/instance-identity/document") return { status: 404 };
  const identity = {
    accountId: "123456789012",
    architecture: "x86_64",
    availabilityZone: "eu-west-1b",
    instanceId: "i-0abc",
    instanceType: "m7i.large",
    region: "eu-west-1",
  };
  return { body: JSON.stringify(identity) };
};

const google: Answer = ({ method, url = "", headers }) => {
  if (method !== "GET" || headers["metadata-flavor"] !== "Google") return { status: 403 };
  const values: Record<string, string> = {
    "/computeMetadata/v1/instance/id": "5520987654321098765",
    "/computeMetadata/v1/instance/zone": "projects/42/zones/europe-west1-b",
    "/computeMetadata/v1/instance/machine-type": "projects/42/machineTypes/e2-small",
    "/computeMetadata/v1/project/project-id": "shop-prod",
  };
  const body = values[url];
  return body === undefined ? { status: 404 } : { headers: { "Metadata-Flavor": "Google" }, body };
};

const microsoft: Answer = ({ method, url, headers }) => {
  if (method !== "GET" || headers.metadata !== "true") return { status: 400 };
  if (url !== "/metadata/instance/compute?api-version=2021-02-01") return { status: 404 };
  const compute = {
    azEnvironment: "AzurePublicCloud",
    location: "westeurope",
    subscriptionId: "8d10da13-8125-4ba9-a717-bf7490507b3d",
    vmId: "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
    vmSize: "Standard_D2s_v5",
    zone: "2",
  };
  return { body: JSON.stringify(compute) };
};

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: Answer): Promise<string> {
  server = createServer((request, response) => {
    const { status = 200, headers = {}, body = "" } = answer(request);
    response.writeHead(status, headers).end(body);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const find = (address: string, provider?: ProviderName, again: readonly number[] = [], timeout = 10_000) =>
  findCloud({ provider, address, timeout, again }, new AbortController().signal);

const answers = {
  aws: {
    provider: "aws",
    region: "eu-west-1",
    zone: "eu-west-1b",
    instanceId: "i-0abc",
    instanceType: "m7i.large",
    account: "123456789012",
  },
  gcp: {
    provider: "gcp",
    region: "europe-west1",
    zone: "europe-west1-b",
    instanceId: "5520987654321098765",
    instanceType: "e2-small",
    account: "shop-prod",
  },
  azure: {
    provider: "azure",
    region: "westeurope",
    zone: "2",
    instanceId: "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
    instanceType: "Standard_D2s_v5",
    account: "8d10da13-8125-4ba9-a717-bf7490507b3d",
  },
} as const;

test.each([
  ["aws", amazon],
  ["gcp", google],
  ["azure", microsoft],
] as const)("%s is found if configured, and if the provider is unknown", async (provider, answer) => {
  const address = await serve(answer);
  expect(await find(address, provider)).toEqual(answers[provider]);
  expect(await find(address)).toEqual(answers[provider]);
});

test("there is no metadata for another provider, without a server, or after an invalid response or a timeout", async () => {
  const address = await serve(amazon);
  expect(await find(address, "gcp")).toBeUndefined();
  expect(await find("http://127.0.0.1:1")).toBeUndefined();
  expect(await find(await serve(() => ({ body: "<html>" })))).toBeUndefined();
  const hanging = createServer(() => {});
  server = hanging;
  await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
  expect(await find(`http://127.0.0.1:${(hanging.address() as AddressInfo).port}`, "aws", [], 300)).toBeUndefined();
});

test("a metadata service that fails at first is retried", async () => {
  let asked = 0;
  const address = await serve((request) => {
    asked++;
    return asked === 1 ? { status: 503 } : amazon(request);
  });
  expect((await find(address, "aws", [10]))?.instanceId).toBe("i-0abc");
});
