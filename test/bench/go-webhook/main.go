// The same edit as a controller-runtime webhook, for the benchmarks: the usual way, by PatchResponseFromRaw.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	host := flag.String("host", "127.0.0.1", "address to listen on")
	port := flag.Int("port", 8443, "port to listen on")
	folder := flag.String("certificates", "", "folder of tls.crt and tls.key")
	flag.Parse()
	log.SetLogger(logr.Discard())
	server := webhook.NewServer(webhook.Options{Host: *host, Port: *port, CertDir: *folder})
	server.Register("/mutate", &webhook.Admission{Handler: admission.HandlerFunc(mirror)})
	if err := server.Start(signals.SetupSignalHandler()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func mirror(_ context.Context, request admission.Request) admission.Response {
	var object unstructured.Unstructured
	if err := json.Unmarshal(request.Object.Raw, &object); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	annotations := object.GetAnnotations()
	subset := annotations["kubectl-mirror.dev/to"]
	rules, _, err := unstructured.NestedSlice(object.Object, "spec", "http")
	if err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	for _, each := range rules {
		rule := each.(map[string]any)
		route := rule["route"].([]any)[0].(map[string]any)
		destination := maps.Clone(route["destination"].(map[string]any))
		destination["subset"] = subset
		rule["mirror"] = destination
		rule["mirrorPercentage"] = map[string]any{"value": int64(100)}
	}
	if err := unstructured.SetNestedSlice(object.Object, rules, "spec", "http"); err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	annotations["kubectl-mirror.dev/injected"] = "httpbin:8000/" + subset + "=100"
	object.SetAnnotations(annotations)
	edited, err := json.Marshal(&object)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(request.Object.Raw, edited)
}
