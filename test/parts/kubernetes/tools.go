//go:build tools

// Package kubernetes pins the modules from which the API server for tests is built; parts.ts builds it.
package kubernetes

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
