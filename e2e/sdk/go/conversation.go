package main

import (
	"context"

	dapr "github.com/dapr/go-sdk/client"
)

func tryConversation(r *report, client dapr.Client) {
	r.try("conversation: the echo answers", func(ctx context.Context) {
		request := dapr.NewConversationRequest(conversation, []dapr.ConversationInput{{Content: "hello"}})
		answer := must(client.ConverseAlpha1(ctx, request, dapr.WithTemperature(0.5)))
		equal("the answer", answer.Outputs[0].Result, "hello")
	})

	r.try("conversation: messages with roles", func(ctx context.Context) {
		say := "what floats?"
		answer := must(client.ConverseAlpha2(ctx, dapr.ConversationRequestAlpha2{
			Name: conversation,
			Inputs: []*dapr.ConversationInputAlpha2{{Messages: []*dapr.ConversationMessageAlpha2{{
				ConversationMessageOfUser: &dapr.ConversationMessageOfUserAlpha2{
					Content: []*dapr.ConversationMessageContentAlpha2{{Text: &say}},
				},
			}}}},
		}))
		choice := answer.Outputs[0].Choices[0]
		equal("the answer", choice.Message.Content, say)
		equal("why it ended", choice.FinishReason, "stop")
	})
}
