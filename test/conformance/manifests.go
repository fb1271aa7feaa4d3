package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

// The suite's manifests, read as ours: of the base only what tests of mirrors use.
type manifests struct {
	fs.FS
	image string
}

func (m manifests) ReadFile(name string) ([]byte, error) {
	source, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return nil, err
	}
	var ours bytes.Buffer
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(source), 4096)
	for {
		var object unstructured.Unstructured
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return ours.Bytes(), nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		objects, err := m.rewrite(object)
		if err != nil {
			return nil, fmt.Errorf("%s: %s %s: %w", name, object.GetKind(), object.GetName(), err)
		}
		for _, one := range objects {
			if err := json.NewEncoder(&ours).Encode(one.Object); err != nil {
				return nil, err
			}
		}
	}
}

// None for one that is not needed.
func (m manifests) rewrite(object unstructured.Unstructured) ([]unstructured.Unstructured, error) {
	kind, name := object.GetKind(), object.GetName()
	switch {
	case kind == "HTTPRoute":
		return annotate(object)
	case kind == "Gateway" && name == "same-namespace":
		// There is no load balancer, and the test dials an address.
		object.SetAnnotations(map[string]string{
			"networking.istio.io/service-type": "ClusterIP",
			"networking.istio.io/address-type": "IPAddress",
		})
	case kind == "Deployment" && strings.HasPrefix(name, "infra-backend-"):
		containers, _, err := unstructured.NestedSlice(object.Object, "spec", "template", "spec", "containers")
		if err != nil {
			return nil, err
		}
		for _, container := range containers {
			container.(map[string]any)["image"] = m.image
		}
		if err := unstructured.SetNestedSlice(object.Object, containers, "spec", "template", "spec", "containers"); err != nil {
			return nil, err
		}
	case kind == "Service" && strings.HasPrefix(name, "infra-backend-"):
	case kind == "Namespace" && name == suite.InfrastructureNamespace:
	default:
		return nil, nil
	}
	return []unstructured.Unstructured{object}, nil
}

// The annotation holds for a whole route: rules with other mirrors than those before them become a route of their own.
func annotate(source unstructured.Unstructured) ([]unstructured.Unstructured, error) {
	var whole gatewayv1.HTTPRoute
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(source.Object, &whole); err != nil {
		return nil, err
	}
	var routes []*gatewayv1.HTTPRoute
	byTargets := map[string]*gatewayv1.HTTPRoute{}
	for _, rule := range whole.Spec.Rules {
		targets := targetsOf(rule.Filters)
		rule.Filters = slices.DeleteFunc(rule.Filters, isMirror)
		route := byTargets[targets]
		if route == nil {
			route = whole.DeepCopy()
			route.Spec.Rules = nil
			route.Annotations = map[string]string{"kubectl-mirror.dev/to": targets}
			if len(routes) > 0 {
				route.Name = fmt.Sprintf("%s-%d", whole.Name, len(routes)+1)
			}
			byTargets[targets] = route
			routes = append(routes, route)
		}
		route.Spec.Rules = append(route.Spec.Rules, rule)
	}
	var objects []unstructured.Unstructured
	for _, route := range routes {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(route)
		if err != nil {
			return nil, err
		}
		delete(object, "status")
		objects = append(objects, unstructured.Unstructured{Object: object})
	}
	return objects, nil
}

func isMirror(filter gatewayv1.HTTPRouteFilter) bool {
	return filter.Type == gatewayv1.HTTPRouteFilterRequestMirror
}

// In our annotation's grammar: NAME[.NAMESPACE]:PORT[=PERCENT]
func targetsOf(filters []gatewayv1.HTTPRouteFilter) string {
	var targets []string
	for _, filter := range filters {
		if !isMirror(filter) {
			continue
		}
		mirror := filter.RequestMirror
		target := string(mirror.BackendRef.Name)
		if mirror.BackendRef.Namespace != nil {
			target += "." + string(*mirror.BackendRef.Namespace)
		}
		target += fmt.Sprintf(":%d", *mirror.BackendRef.Port)
		if mirror.Percent != nil {
			target += fmt.Sprintf("=%d", *mirror.Percent)
		}
		if mirror.Fraction != nil {
			denominator := int32(100)
			if mirror.Fraction.Denominator != nil {
				denominator = *mirror.Fraction.Denominator
			}
			target += fmt.Sprintf("=%g", 100*float64(mirror.Fraction.Numerator)/float64(denominator))
		}
		targets = append(targets, target)
	}
	return strings.Join(targets, ",")
}
