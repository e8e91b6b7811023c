package main

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
)

// loop is the work of a controller until the context ends.
type loop func(context.Context)

// controllers are those that can be run, by kube-controller-manager's names, with its numbers of workers and its intervals.
var controllers = map[string]func(context.Context, *shared) ([]loop, error){
	"clusterrole-aggregation-controller": aggregation,
	"garbage-collector-controller":       garbageCollection,
	"namespace-controller":               namespaces,
	"serviceaccount-controller":          serviceAccounts,
}

// aggregation writes the rules of ClusterRoles that have an aggregationRule.
func aggregation(_ context.Context, s *shared) ([]loop, error) {
	controller := clusterroleaggregation.NewClusterRoleAggregation(s.typed.Rbac().V1().ClusterRoles(), s.client.RbacV1())
	return []loop{func(ctx context.Context) { controller.Run(ctx, 5) }}, nil
}

// garbageCollection deletes objects whose owners are deleted.
func garbageCollection(ctx context.Context, s *shared) ([]loop, error) {
	ignored := garbagecollector.DefaultIgnoredResources()
	collector, err := garbagecollector.NewGarbageCollector(ctx, s.client, s.metadata, s.mapper, ignored, s.informers(), s.started)
	if err != nil {
		return nil, err
	}
	collect := func(ctx context.Context) { collector.Run(ctx, 20, discoveryInterval) }
	sync := func(ctx context.Context) { collector.Sync(ctx, s.client.Discovery(), discoveryInterval) }
	return []loop{collect, sync}, nil
}

// namespaces deletes the content of deleted namespaces, then their finalizer.
func namespaces(ctx context.Context, s *shared) ([]loop, error) {
	// It deletes objects one by one.
	config := faster(s.config, 20, 100)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("creating the client: %w", err)
	}
	untyped, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("creating the client for metadata: %w", err)
	}
	resources := client.Discovery().ServerPreferredNamespacedResources
	informer := s.typed.Core().V1().Namespaces()
	controller := namespace.NewNamespaceController(ctx, client, untyped, resources, informer, 5*time.Minute, v1.FinalizerKubernetes)
	return []loop{func(ctx context.Context) { controller.Run(ctx, 10) }}, nil
}

// serviceAccounts creates the ServiceAccount `default` of each namespace.
func serviceAccounts(ctx context.Context, s *shared) ([]loop, error) {
	core := s.typed.Core().V1()
	options := serviceaccount.DefaultServiceAccountsControllerOptions()
	controller, err := serviceaccount.NewServiceAccountsController(
		klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(), s.client, options)
	if err != nil {
		return nil, err
	}
	return []loop{func(ctx context.Context) { controller.Run(ctx, 1) }}, nil
}
