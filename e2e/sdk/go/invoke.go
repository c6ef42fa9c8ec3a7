package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	// So that details of errors can be read.
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
)

// answerCalls gives the service two methods, whichever protocol it speaks.
func answerCalls(service common.Service) {
	check(service.AddServiceInvocationHandler("shout", func(_ context.Context, in *common.InvocationEvent) (*common.Content, error) {
		said := fmt.Sprintf("%s %s %s", in.Verb, in.QueryString, strings.ToUpper(string(in.Data)))
		return &common.Content{Data: []byte(said), ContentType: in.ContentType, DataTypeURL: in.DataTypeURL}, nil
	}))
	check(service.AddServiceInvocationHandler("fail", func(context.Context, *common.InvocationEvent) (*common.Content, error) {
		return nil, errors.New("out of stock")
	}))
}

func tryInvoke(r *report, client dapr.Client, appID string) {
	r.try("invoke: sends a body and a query, and gets an answer", func(ctx context.Context) {
		text := &dapr.DataContent{ContentType: "text/plain", Data: []byte("hello")}
		answer := must(client.InvokeMethodWithContent(ctx, appID, "shout?loud=yes", "post", text))
		equal("the answer", string(answer), "POST loud=yes HELLO")
	})

	r.try("invoke: passes on the verb", func(ctx context.Context) {
		equal("the answer", strings.TrimSpace(string(must(client.InvokeMethod(ctx, appID, "shout", "get")))), "GET")
	})

	r.try("invoke: sends a value as JSON", func(ctx context.Context) {
		answer := must(client.InvokeMethodWithCustomContent(ctx, appID, "shout", "put", "application/json", order{ID: "a", Kind: "b"}))
		equal("the answer", string(answer), `PUT  {"ID":"A","KIND":"B"}`)
	})

	r.try("invoke: tells the app's error", func(ctx context.Context) {
		_, err := client.InvokeMethod(ctx, appID, "fail", "get")
		refused("the call", err)
		story := status.Convert(err)
		// What an HTTP app said is in the details of the error, what a gRPC app said is its message.
		equal("whether the reason is told", strings.Contains(fmt.Sprint(story.Message(), story.Details()), "out of stock"), true)
	})

	r.try("invoke: an unknown app is refused", func(ctx context.Context) {
		_, err := client.InvokeMethod(ctx, "nobody", "shout", "get")
		refused("the call", err)
	})
}

// tryProxy calls a gRPC service of the app as if it were there, with nothing of Dapr but one word of metadata.
func tryProxy(r *report, client dapr.Client, appID string) {
	service := grpc_health_v1.NewHealthClient(client.GrpcClientConn())
	request := &grpc_health_v1.HealthCheckRequest{Service: "shop"}

	r.try("proxied gRPC: a call passes through the sidecar", func(ctx context.Context) {
		answer := must(service.Check(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID), request))
		equal("the status", answer.Status, grpc_health_v1.HealthCheckResponse_SERVING)
	})

	r.try("proxied gRPC: a stream passes through the sidecar", func(ctx context.Context) {
		ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID))
		defer cancel()
		stream := must(service.Watch(ctx, request))
		equal("the status", must(stream.Recv()).Status, grpc_health_v1.HealthCheckResponse_SERVING)
	})

	r.try("proxied gRPC: the app's own errors come back", func(ctx context.Context) {
		_, err := service.Check(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID),
			&grpc_health_v1.HealthCheckRequest{Service: "no such service"})
		refused("the call", err)
		equal("whether it is the app's error", strings.Contains(err.Error(), "NotFound"), true)
	})
}
