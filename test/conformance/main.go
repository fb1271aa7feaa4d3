// Runs tests of the Gateway API's own conformance suite, as a judge of what our webhook injects: each RequestMirror filter of their
// HTTPRoutes is taken out, and our annotation for it put in.
//
//	gateway-conformance -image REF -test.v TEST ...
package main

import (
	"flag"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/kubernetes"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

var image = flag.String("image", "", "of the suite's echo server, where the cluster has it")

func main() {
	everything := func(string, string) (bool, error) { return true, nil }
	testing.Main(everything, []testing.InternalTest{{Name: "Conformance", F: run}}, nil, nil)
}

func run(t *testing.T) {
	chosen := choose(t, flag.Args())
	options := conformance.DefaultOptions(t)
	options.GatewayClassName = "istio"
	options.CleanupBaseResources = false
	options.ManifestFS = []fs.FS{manifests{conformance.Manifests, *image}}
	for _, test := range chosen {
		options.SupportedFeatures = append(options.SupportedFeatures, test.Features...)
	}
	judge, err := suite.NewConformanceTestSuite(options)
	require.NoError(t, err)
	setUp(t, judge)
	require.NoError(t, judge.Run(t, chosen))
}

func choose(t *testing.T, names []string) []suite.ConformanceTest {
	require.NotEmpty(t, names, "name the tests to run")
	byName := map[string]suite.ConformanceTest{}
	for _, test := range tests.ConformanceTests {
		byName[test.ShortName] = test
	}
	var chosen []suite.ConformanceTest
	for _, name := range names {
		require.Contains(t, byName, name, "the suite has no such test")
		chosen = append(chosen, byName[name])
	}
	return chosen
}

// As the suite's own Setup does it, which would wait for the namespaces and certificates of every other test, too.
func setUp(t *testing.T, judge *suite.ConformanceTestSuite) {
	judge.ControllerName = kubernetes.GWCMustHaveAcceptedConditionTrue(t, judge.Client, judge.TimeoutConfig, judge.GatewayClassName)
	judge.Applier.ManifestFS = judge.ManifestFS
	judge.Applier.GatewayClass = judge.GatewayClassName
	judge.Applier.MustApplyWithCleanup(t, judge.Client, judge.TimeoutConfig, judge.BaseManifests, judge.Cleanup)
	kubernetes.NamespacesMustBeReady(t, judge.Client, judge.TimeoutConfig, []string{suite.InfrastructureNamespace})
}
