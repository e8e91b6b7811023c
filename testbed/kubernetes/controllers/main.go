// Command controllers runs those controllers of kube-controller-manager whose effect is visible in the API that local CKS serves. The
// controllers are Kubernetes' own; kube-controller-manager itself consists of forty more, which take minutes to compile.
//
// Its flags are those of kube-controller-manager with which local CKS starts either program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run runs the controllers until the context ends.
func run(ctx context.Context) error {
	kubeconfig := flag.String("kubeconfig", "", "the `file` with address and credentials of kube-apiserver")
	names := flag.String("controllers", "", "the `names` of the controllers, separated by commas")
	electsLeader := flag.Bool("leader-elect", false, "must be false: there is no other instance")
	port := flag.Int("secure-port", 0, "must be 0: nothing is served")
	profiling := flag.Bool("profiling", false, "must be false: nothing is served")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "This is not kube-controller-manager, but a few of its controllers, for local CKS.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *electsLeader || *port != 0 || *profiling {
		return errors.New("leader-elect, secure-port and profiling cannot be switched on")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	// Limits of kube-controller-manager.
	config.QPS, config.Burst = 20, 30

	shared, err := newShared(config)
	if err != nil {
		return err
	}
	var loops []loop
	for _, name := range strings.Split(*names, ",") {
		create, ok := controllers[name]
		if !ok {
			return fmt.Errorf("there is no controller %q", name)
		}
		started, err := create(ctx, shared)
		if err != nil {
			return fmt.Errorf("creating %s: %w", name, err)
		}
		loops = append(loops, started...)
	}
	shared.start(ctx)
	var running sync.WaitGroup
	for _, run := range loops {
		running.Go(func() { run(ctx) })
	}
	running.Wait()
	return nil
}
