// Command go uses every building block of a Dapr sidecar through the official Go SDK and prints the result of each exercise.
//
// It runs as one of two apps: "http" is called by its sidecar over HTTP, "grpc" over gRPC, and its actors over a stream.
package main

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/dapr/go-sdk/actor"
	"github.com/dapr/go-sdk/actor/runtime"
	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
	grpcservice "github.com/dapr/go-sdk/service/grpc"
	httpservice "github.com/dapr/go-sdk/service/http"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	client, r := must(dapr.NewClient()), &report{}
	appID, address := os.Getenv("APP_ID"), "127.0.0.1:"+os.Getenv("APP_PORT")
	if len(os.Args) > 1 && os.Args[1] == "grpc" {
		tryOverGRPC(r, client, appID, address)
	} else {
		tryOverHTTP(r, client, appID, address)
	}
	tryShutdown(r, client)
	client.Close()
	r.end()
}

// tryOverHTTP also runs the exercises that need no app.
func tryOverHTTP(r *report, client dapr.Client, appID, address string) {
	service, in, rings := httpservice.NewService(address), newInbox(pubsub, appID), make(chan ring, 100)
	in.subscribe(service)
	handleCalls(service)
	ticks := receiveTicks(service)
	service.RegisterActorImplFactoryContext(func() actor.ServerContext { return &Counter{client: client, rings: rings} })
	serve(service)

	tryWaiting(r, client)
	tryMetadata(r, client, appID)
	tryState(r, client, stateStore)
	if hasRedis {
		tryState(r, client, redisStore)
	} else {
		r.skip("state on "+redisStore, "no Redis here")
	}
	tryQuery(r, client)
	tryPublish(r, client, in)
	tryStreams(r, client, in)
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

// tryOverGRPC runs the exercises in which the sidecar calls the app, and those that exist only for gRPC.
func tryOverGRPC(r *report, client dapr.Client, appID, address string) {
	broker := pubsub
	if hasRedis {
		broker = redisPubsub
	}
	server, shop := grpc.NewServer(), health.NewServer()
	shop.SetServingStatus("shop", grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(server, shop)
	service, in := grpcservice.NewServiceWithGrpcServer(must(net.Listen("tcp", address)), server), newInbox(broker, appID)
	in.subscribe(service)
	handleCalls(service)
	ticks, done, rings := receiveTicks(service), receiveJobs(service), make(chan ring, 100)
	serve(service)

	tryWaiting(r, client)
	tryMetadata(r, client, appID)
	tryPublish(r, client, in)
	tryStreams(r, client, in)
	tryInvoke(r, client, appID)
	tryProxy(r, client, appID)
	tryInputBinding(r, ticks)
	tryJobs(r, client, done)

	actors := runtime.GetActorRuntimeInstanceContext()
	actors.RegisterActorFactory(func() actor.ServerContext { return &Counter{client: client, rings: rings} })
	stop := must(client.SubscribeActorEvents(context.Background(), actors, dapr.ActorEventSubscriptionOptions{}))
	tryActors(r, client, rings)
	check(stop())
}

func serve(service common.Service) {
	go func() {
		fmt.Fprintln(os.Stderr, "the app ended:", service.Start())
		os.Exit(1)
	}()
}
