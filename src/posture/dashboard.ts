/**
 * Names of dashboards, each with the last parts of image repositories, or names of services, that identify the
 * dashboard.
 */
const DASHBOARDS: Readonly<Record<string, readonly string[]>> = {
  "Kubernetes Dashboard": ["kubernetes-dashboard", "dashboard-web", "dashboard-auth", "dashboard-api"],
  Headlamp: ["headlamp"],
  Lens: ["k8slens"],
  Octant: ["octant"],
  Rancher: ["rancher"],
  Portainer: ["portainer", "portainer-ce", "portainer-ee"],
  "Weave Scope": ["weave-scope", "weaveworks-scope"],
  Kubeflow: ["centraldashboard"],
  "Argo CD": ["argocd", "argocd-server"],
  "Argo Workflows": ["argocli", "argo-server"],
  Jenkins: ["jenkins"],
  Grafana: ["grafana"],
  Kibana: ["kibana"],
  "OpenSearch Dashboards": ["opensearch-dashboards"],
  Prometheus: ["prometheus", "prometheus-server"],
  Alertmanager: ["alertmanager"],
  Kiali: ["kiali"],
  Hubble: ["hubble-ui"],
  Traefik: ["traefik-dashboard"],
  Longhorn: ["longhorn-ui"],
  "Airflow webserver": ["airflow-webserver"],
  JupyterHub: ["jupyterhub", "k8s-hub"],
  phpMyAdmin: ["phpmyadmin"],
  pgAdmin: ["pgadmin4", "pgadmin"],
  "Kafka UI": ["kafka-ui"],
  "Redis Commander": ["redis-commander"],
};

/** Dashboards and components, identified by the name or number of a port that other services rarely use. */
const PORTS: Readonly<Record<string, string>> = {
  "kubernetes-dashboard": "Kubernetes Dashboard",
  "10250": "Kubelet",
  "10255": "Kubelet",
  "2379": "etcd",
  "2375": "Docker",
  "8001": "kubectl proxy",
};

const byWord = new Map(Object.entries(DASHBOARDS).flatMap(([name, words]) => words.map((word) => [word, name])));

/**
 * Returns the dashboard in an image, identified by the last part of the repository; undefined if the image contains no
 * known dashboard.
 */
export function dashboardOfImage(image: string): string | undefined {
  const [repository = ""] = image.split("@", 1);
  const [last = ""] = (repository.split("/").at(-1) ?? "").split(":", 1);
  return byWord.get(last.toLowerCase());
}

/**
 * Returns the dashboard of a service, identified by the name and ports of the service; undefined if the service has no
 * known dashboard.
 */
export function dashboardOfService(name: string, ports: readonly (string | number)[]): string | undefined {
  const own = byWord.get(name.toLowerCase());
  if (own !== undefined) return own;
  const port = ports.map(String).find((each) => Object.hasOwn(PORTS, each));
  return port === undefined ? undefined : PORTS[port];
}
