package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/controller-manager/pkg/informerfactory"
)

const (
	// Interval at which informers deliver every object again.
	resync = 12 * time.Hour
	// Interval at which new resources of the API are looked for.
	discoveryInterval = 30 * time.Second
)

// shared is what several controllers use.
type shared struct {
	config   *rest.Config
	client   kubernetes.Interface
	metadata metadata.Interface
	typed    informers.SharedInformerFactory
	untyped  metadatainformer.SharedInformerFactory
	mapper   *restmapper.DeferredDiscoveryRESTMapper
	// started is closed once the informers run.
	started chan struct{}
}

func newShared(config *rest.Config) (*shared, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("creating the client: %w", err)
	}
	untyped, err := metadata.NewForConfig(faster(config, 2, 1))
	if err != nil {
		return nil, fmt.Errorf("creating the client for metadata: %w", err)
	}
	return &shared{
		config:   config,
		client:   client,
		metadata: untyped,
		typed:    informers.NewSharedInformerFactory(client, resync),
		untyped:  metadatainformer.NewSharedInformerFactory(untyped, resync),
		mapper:   restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
		started:  make(chan struct{}),
	}, nil
}

// informers returns the informers of resources with and without a Go type.
func (s *shared) informers() informerfactory.InformerFactory {
	return informerfactory.NewInformerFactory(s.typed, s.untyped)
}

// start starts the informers that the controllers have registered.
func (s *shared) start(ctx context.Context) {
	s.typed.Start(ctx.Done())
	s.untyped.Start(ctx.Done())
	close(s.started)
	go wait.UntilWithContext(ctx, func(context.Context) { s.mapper.Reset() }, discoveryInterval)
}

// faster returns the configuration for a client that may send more requests, by kube-controller-manager's factors.
func faster(config *rest.Config, rate float32, burst int) *rest.Config {
	copied := rest.CopyConfig(config)
	copied.QPS *= rate
	copied.Burst *= burst
	return copied
}
