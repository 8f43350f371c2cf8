//go:build tools

// Package kubernetes pins what the API server for tests is built from; apiserver.ts builds it.
package kubernetes

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
