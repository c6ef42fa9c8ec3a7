package tidewater.sdk;

import static tidewater.sdk.Report.equal;

import io.dapr.client.DaprPreviewClient;
import io.dapr.client.domain.ConversationInput;
import io.dapr.client.domain.ConversationInputAlpha2;
import io.dapr.client.domain.ConversationMessageContent;
import io.dapr.client.domain.ConversationRequest;
import io.dapr.client.domain.ConversationRequestAlpha2;
import io.dapr.client.domain.UserMessage;
import java.util.List;

final class Conversation {
  @SuppressWarnings("deprecation")
  static void exercises(Report report, DaprPreviewClient preview) {
    report.exercise("conversation: the echo returns the input", () -> {
      var request = new ConversationRequest("echo", List.of(new ConversationInput("hello"))).setTemperature(0.5);
      equal("the response", "hello", preview.converse(request).block().getConversationOutputs().get(0).getResult());
    });

    report.exercise("conversation: messages with roles", () -> {
      var question = new UserMessage(List.of(new ConversationMessageContent("what floats?")));
      var request = new ConversationRequestAlpha2("echo", List.of(new ConversationInputAlpha2(List.of(question))));
      var choice = preview.converseAlpha2(request).block().getOutputs().get(0).getChoices().get(0);
      equal("the response", "what floats?", choice.getMessage().getContent());
      equal("why it ended", "stop", choice.getFinishReason());
    });
  }
}
