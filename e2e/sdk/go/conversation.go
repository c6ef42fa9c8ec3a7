package main

import (
	"context"

	dapr "github.com/dapr/go-sdk/client"
)

func tryConversation(r *report, client dapr.Client) {
	r.try("conversation: the echo returns the input", func(ctx context.Context) {
		request := dapr.NewConversationRequest(conversation, []dapr.ConversationInput{{Content: "hello"}})
		response := must(client.ConverseAlpha1(ctx, request, dapr.WithTemperature(0.5)))
		equal("the response", response.Outputs[0].Result, "hello")
	})

	r.try("conversation: messages with roles", func(ctx context.Context) {
		question := "what floats?"
		response := must(client.ConverseAlpha2(ctx, dapr.ConversationRequestAlpha2{
			Name: conversation,
			Inputs: []*dapr.ConversationInputAlpha2{{Messages: []*dapr.ConversationMessageAlpha2{{
				ConversationMessageOfUser: &dapr.ConversationMessageOfUserAlpha2{
					Content: []*dapr.ConversationMessageContentAlpha2{{Text: &question}},
				},
			}}}},
		}))
		choice := response.Outputs[0].Choices[0]
		equal("the response", choice.Message.Content, question)
		equal("why it ended", choice.FinishReason, "stop")
	})
}
