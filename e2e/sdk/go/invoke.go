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

// handleCalls adds two methods to the service, for both protocols.
func handleCalls(service common.Service) {
	check(service.AddServiceInvocationHandler("shout", func(_ context.Context, in *common.InvocationEvent) (*common.Content, error) {
		text := fmt.Sprintf("%s %s %s", in.Verb, in.QueryString, strings.ToUpper(string(in.Data)))
		return &common.Content{Data: []byte(text), ContentType: in.ContentType, DataTypeURL: in.DataTypeURL}, nil
	}))
	check(service.AddServiceInvocationHandler("fail", func(context.Context, *common.InvocationEvent) (*common.Content, error) {
		return nil, errors.New("out of stock")
	}))
}

func tryInvoke(r *report, client dapr.Client, appID string) {
	r.try("invoke: sends a body and a query, and returns the response", func(ctx context.Context) {
		text := &dapr.DataContent{ContentType: "text/plain", Data: []byte("hello")}
		response := must(client.InvokeMethodWithContent(ctx, appID, "shout?loud=yes", "post", text))
		equal("the response", string(response), "POST loud=yes HELLO")
	})

	r.try("invoke: passes on the verb", func(ctx context.Context) {
		equal("the response", strings.TrimSpace(string(must(client.InvokeMethod(ctx, appID, "shout", "get")))), "GET")
	})

	r.try("invoke: sends a value as JSON", func(ctx context.Context) {
		response := must(client.InvokeMethodWithCustomContent(ctx, appID, "shout", "put", "application/json", order{ID: "a", Kind: "b"}))
		equal("the response", string(response), `PUT  {"ID":"A","KIND":"B"}`)
	})

	r.try("invoke: returns the app's error", func(ctx context.Context) {
		_, err := client.InvokeMethod(ctx, appID, "fail", "get")
		rejected("the call", err)
		details := status.Convert(err)
		// The text of an HTTP app is in the details of the error, that of a gRPC app is its message.
		equal("whether the reason is included", strings.Contains(fmt.Sprint(details.Message(), details.Details()), "out of stock"), true)
	})

	r.try("invoke: an unknown app is an error", func(ctx context.Context) {
		_, err := client.InvokeMethod(ctx, "unknown", "shout", "get")
		rejected("the call", err)
	})
}

// tryProxy calls a gRPC service of the app through the sidecar, with the app id in the metadata.
func tryProxy(r *report, client dapr.Client, appID string) {
	service := grpc_health_v1.NewHealthClient(client.GrpcClientConn())
	request := &grpc_health_v1.HealthCheckRequest{Service: "shop"}

	r.try("proxied gRPC: a call passes through the sidecar", func(ctx context.Context) {
		response := must(service.Check(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID), request))
		equal("the status", response.Status, grpc_health_v1.HealthCheckResponse_SERVING)
	})

	r.try("proxied gRPC: a stream passes through the sidecar", func(ctx context.Context) {
		ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID))
		defer cancel()
		stream := must(service.Watch(ctx, request))
		equal("the status", must(stream.Recv()).Status, grpc_health_v1.HealthCheckResponse_SERVING)
	})

	r.try("proxied gRPC: the app's errors are returned", func(ctx context.Context) {
		_, err := service.Check(metadata.AppendToOutgoingContext(ctx, "dapr-app-id", appID),
			&grpc_health_v1.HealthCheckRequest{Service: "no such service"})
		rejected("the call", err)
		equal("whether it is the app's error", strings.Contains(err.Error(), "NotFound"), true)
	})
}
