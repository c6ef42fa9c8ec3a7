package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import io.dapr.client.domain.ConstantFailurePolicy;
import io.dapr.client.domain.DeleteJobRequest;
import io.dapr.client.domain.GetJobRequest;
import io.dapr.client.domain.GetJobResponse;
import io.dapr.client.domain.JobSchedule;
import io.dapr.client.domain.ScheduleJobRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** Jobs are delivered over gRPC. `java-stubborn` is rejected twice by the app. */
final class Jobs {
  private static final byte[] DATA = "sweep".getBytes(StandardCharsets.UTF_8);

  static void exercises(Report report, DaprClient client, Inbox inbox) {
    report.exercise("job: runs once when it is due", () -> {
      client.scheduleJob(new ScheduleJobRequest("java-once", Instant.now().plusMillis(300)).setData(DATA)).block();
      equal("the job", "java-once sweep", next(inbox.jobs, "the job"));
    });

    report.exercise("job: repeats by its schedule", () -> {
      var often = new ScheduleJobRequest("java-often", JobSchedule.fromPeriod(Duration.ofSeconds(1)));
      client.scheduleJob(often.setRepeat(2).setData(DATA)).block();
      equal("the job", "java-often sweep", next(inbox.jobs, "the job"));
      equal("the job", "java-often sweep", next(inbox.jobs, "the job again"));
    });

    report.exercise("job: is repeated after a failure", () -> {
      var stubborn = new ScheduleJobRequest("java-stubborn", Instant.now()).setData(DATA)
          .setFailurePolicy(new ConstantFailurePolicy(5).setDurationBetweenRetries(Duration.ofMillis(50)));
      client.scheduleJob(stubborn).block();
      equal("the job", "java-stubborn sweep", next(inbox.jobs, "the third try"));
    });

    report.exercise("job: get, overwrite and delete", () -> {
      var later = new ScheduleJobRequest("java-later", JobSchedule.fromString("@every 1h")).setRepeat(4).setData(DATA);
      client.scheduleJob(later).block();
      GetJobResponse got = client.getJob(new GetJobRequest("java-later")).block();
      equal("the schedule", "@every 1h", got.getSchedule().getExpression());
      equal("the repeats", 4, got.getRepeats());
      equal("the data", "sweep", new String(got.getData(), StandardCharsets.UTF_8));
      rejected("a job of the same name", () -> client.scheduleJob(later).block());
      client.scheduleJob(later.setOverwrite(true)).block();
      client.deleteJob(new DeleteJobRequest("java-later")).block();
      rejected("the deleted job", () -> client.getJob(new GetJobRequest("java-later")).block());
    });
  }
}
