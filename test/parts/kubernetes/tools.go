//go:build tools

// Package kubernetes pins the modules from which the API server and Helm are built for tests; parts.ts builds them.
package kubernetes

import (
	_ "helm.sh/helm/v3/cmd/helm"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
)
