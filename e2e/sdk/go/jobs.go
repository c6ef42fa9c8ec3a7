package main

import (
	"context"
	"errors"
	"sync/atomic"

	dapr "github.com/dapr/go-sdk/client"
	"github.com/dapr/go-sdk/service/common"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// receiveJobs receives due jobs. The SDK does so over gRPC only.
func receiveJobs(service common.Service) <-chan string {
	done := make(chan string, 10)
	receive := func(name string, rejects func() bool) {
		check(service.AddJobEventHandler(name, func(_ context.Context, job *common.JobEvent) error {
			if rejects() {
				return errors.New("not now")
			}
			done <- job.JobType + " " + string(job.Data)
			return nil
		}))
	}
	var tries atomic.Int32
	receive("go-once", func() bool { return false })
	receive("go-often", func() bool { return false })
	receive("go-stubborn", func() bool { return tries.Add(1) < 3 })
	return done
}

// text wraps a string for a job in protobuf's StringValue, whose bytes the handler receives.
func text(value string) (*anypb.Any, string) {
	packed := must(anypb.New(wrapperspb.String(value)))
	return packed, string(packed.Value)
}

func tryJobs(r *report, client dapr.Client, done <-chan string) {
	data, bytes := text("sweep")

	r.try("job: runs once when it is due", func(ctx context.Context) {
		check(client.ScheduleJob(ctx, dapr.NewJob("go-once", dapr.WithJobDueTime("200ms"), dapr.WithJobData(data))))
		equal("the job", next(ctx, done, "the job"), "go-once "+bytes)
	})

	r.try("job: repeats by its schedule", func(ctx context.Context) {
		check(client.ScheduleJob(ctx, dapr.NewJob("go-often",
			dapr.WithJobSchedule("@every 1s"), dapr.WithJobRepeats(2), dapr.WithJobData(data))))
		for range 2 {
			equal("the job", next(ctx, done, "the job"), "go-often "+bytes)
		}
	})

	r.try("job: is repeated after a failure", func(ctx context.Context) {
		check(client.ScheduleJob(ctx, dapr.NewJob("go-stubborn", dapr.WithJobDueTime("0s"), dapr.WithJobData(data),
			dapr.WithJobConstantFailurePolicyMaxRetries(5), dapr.WithJobConstantFailurePolicyInterval(0))))
		equal("the job", next(ctx, done, "the third try"), "go-stubborn "+bytes)
	})

	r.try("job: get, overwrite and delete", func(ctx context.Context) {
		later := dapr.NewJob("go-later", dapr.WithJobSchedule("@every 1h"), dapr.WithJobRepeats(4), dapr.WithJobData(data))
		check(client.ScheduleJob(ctx, later))
		got := must(client.GetJob(ctx, "go-later"))
		equal("the schedule", *got.Schedule, "@every 1h")
		equal("the repeats", *got.Repeats, 4)
		equal("the data", string(got.Data.Value), bytes)
		rejected("a job of the same name", client.ScheduleJob(ctx, later))
		later.Overwrite = true
		check(client.ScheduleJob(ctx, later))
		check(client.DeleteJob(ctx, "go-later"))
		_, err := client.GetJob(ctx, "go-later")
		rejected("the deleted job", err)
	})
}
