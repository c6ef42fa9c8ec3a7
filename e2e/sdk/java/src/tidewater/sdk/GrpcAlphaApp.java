package tidewater.sdk;

import static tidewater.sdk.GrpcApp.send;

import io.dapr.v1.AppCallbackAlphaGrpc;
import io.dapr.v1.DaprAppCallbackProtos.JobEventRequest;
import io.dapr.v1.DaprAppCallbackProtos.JobEventResponse;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventBulkRequest;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventBulkRequestEntry;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventBulkResponse;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventBulkResponseEntry;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventResponse.TopicEventResponseStatus;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;

/** The alpha methods that the sidecar calls: batches of events, and jobs. */
final class GrpcAlphaApp extends AppCallbackAlphaGrpc.AppCallbackAlphaImplBase {
  private final Inbox inbox;
  private final AtomicInteger stubbornTries = new AtomicInteger();

  GrpcAlphaApp(Inbox inbox) {
    this.inbox = inbox;
  }

  @Override
  public void onBulkTopicEventAlpha1(TopicEventBulkRequest batch, StreamObserver<TopicEventBulkResponse> reply) {
    TopicEventBulkResponse.Builder response = TopicEventBulkResponse.newBuilder();
    for (TopicEventBulkRequestEntry entry : batch.getEntriesList())
      response.addStatuses(TopicEventBulkResponseEntry.newBuilder()
          .setEntryId(entry.getEntryId()).setStatus(TopicEventResponseStatus.SUCCESS));
    inbox.batches.add(batch.getEntriesCount());
    send(reply, response.build());
  }

  @Override
  public void onJobEventAlpha1(JobEventRequest job, StreamObserver<JobEventResponse> reply) {
    if (job.getName().equals("java-stubborn") && stubbornTries.incrementAndGet() < 3) {
      reply.onError(Status.UNAVAILABLE.withDescription("not now").asRuntimeException());
      return;
    }
    inbox.jobs.add(job.getName() + " " + job.getData().getValue().toStringUtf8());
    send(reply, JobEventResponse.getDefaultInstance());
  }
}
