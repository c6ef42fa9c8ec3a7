// Command go uses every building block of a Dapr sidecar through the official Go SDK and says how each exercise went.
//
// It runs as one of two apps: "http" serves its subscriptions, bindings and actors over HTTP, "grpc" serves over gRPC.
package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/dapr/go-sdk/actor"
	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
	grpcservice "github.com/dapr/go-sdk/service/grpc"
	httpservice "github.com/dapr/go-sdk/service/http"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	protocol, appID, address := os.Getenv("APP_PROTOCOL"), os.Getenv("APP_ID"), "127.0.0.1:"+os.Getenv("APP_PORT")
	client := must(dapr.NewClient())
	defer client.Close()
	r := &report{}
	if protocol == "grpc" {
		tryGRPCApp(r, client, appID, address)
	} else {
		tryHTTPApp(r, client, appID, address)
	}
	if r.failed > 0 {
		os.Exit(1)
	}
}

// tryHTTPApp also tries all that needs no app at all.
func tryHTTPApp(r *report, client dapr.Client, appID, address string) {
	service, in, rings := httpservice.NewService(address), newInbox(), make(chan ring, 100)
	in.subscribe(service, pubsub)
	answerCalls(service)
	ticks := hearTicks(service)
	service.RegisterActorImplFactoryContext(func() actor.ServerContext { return &counter{client: client, rings: rings} })
	serve(service)

	waitForApp(r, client, appID)
	tryMetadata(r, client, appID)
	for _, store := range []string{stateStore, redisStore} {
		tryState(r, client, store)
	}
	tryQuery(r, client)
	tryPublish(r, client, in, pubsub)
	tryStreams(r, client, pubsub)
	tryInvoke(r, client, appID)
	tryInputBinding(r, ticks)
	tryOutputBindings(r, client)
	trySecrets(r, client)
	tryConfiguration(r, client)
	tryLock(r, client)
	tryCrypto(r, client)
	tryActors(r, client, rings)
	tryConversation(r, client)
}

func tryGRPCApp(r *report, client dapr.Client, appID, address string) {
	server := grpc.NewServer()
	shop := health.NewServer()
	shop.SetServingStatus("shop", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, shop)
	service, in := grpcservice.NewServiceWithGrpcServer(must(net.Listen("tcp", address)), server), newInbox()
	in.subscribe(service, redisPubsub)
	answerCalls(service)
	ticks, done := hearTicks(service), hearJobs(service)
	check(service.AddHealthCheckHandler("", func(context.Context) error { return nil }))
	serve(service)

	waitForApp(r, client, appID)
	tryPublish(r, client, in, redisPubsub)
	tryStreams(r, client, redisPubsub)
	tryInvoke(r, client, appID)
	tryProxy(r, client, appID)
	tryInputBinding(r, ticks)
	tryJobs(r, client, done)
}

func serve(service common.Service) {
	go func() {
		fmt.Fprintln(os.Stderr, "the app ended:", service.Start())
		os.Exit(1)
	}()
}

// waitForApp returns once the sidecar has found the app's subscriptions.
func waitForApp(r *report, client dapr.Client, appID string) {
	r.try("sidecar: finds the app and its subscriptions", func(ctx context.Context) {
		eventually(ctx, "the subscriptions", func() bool {
			told, err := client.GetMetadata(ctx)
			return err == nil && len(told.Subscriptions) >= 4
		})
	})
}
