import { defineError, errorInfo } from '#core/errors.ts';
import type { ErrorDescription, GrpcCode } from '#core/errors.ts';

/** The owner of the jobs; part of every error of this block. */
export interface JobOwner {
  readonly appId: string;
  readonly namespace: string;
}

export const jobNameInBody = defineError(
  { code: 'DAPR_SCHEDULER_JOB_NAME', http: 400, grpc: 'InvalidArgument' },
  (owner: JobOwner): ErrorDescription => ({
    message: 'Set the job name in the url only',
    details: [errorInfo('DAPR_SCHEDULER_JOB_NAME', { appID: owner.appId })],
  }),
);

export const jobNameEmpty = invalidRequest('DAPR_SCHEDULER_JOB_NAME_EMPTY', 'Name is empty');
export const jobEmpty = invalidRequest('DAPR_SCHEDULER_EMPTY', 'Job is empty');
export const jobScheduleEmpty = invalidRequest('DAPR_SCHEDULER_SCHEDULE_EMPTY', 'Schedule is empty');

/** The requested job cannot be scheduled. */
export const jobInvalid = failure('DAPR_SCHEDULER_SCHEDULE_JOB', 'schedule', { http: 400, grpc: 'InvalidArgument' });
export const jobExists = failure('DAPR_SCHEDULER_SCHEDULE_JOB', 'schedule', { http: 409, grpc: 'AlreadyExists' });

const internal = { http: 500, grpc: 'Internal' } as const;
export const jobScheduleFailed = failure('DAPR_SCHEDULER_SCHEDULE_JOB', 'schedule', internal);
// A missing job is a 500 too, as in Dapr.
export const jobGetFailed = failure('DAPR_SCHEDULER_GET_JOB', 'get', internal);
export const jobDeleteFailed = failure('DAPR_SCHEDULER_DELETE_JOB', 'delete', internal);
export const jobListFailed = failure('DAPR_SCHEDULER_LIST_JOBS', 'list', internal);

/** The app did not accept the job. */
export const jobRejected = defineError(
  { code: 'ERR_JOB_NOT_TAKEN', http: 500, grpc: 'Internal' },
  (name: string, reason: string) => `the app did not accept the job ${name}: ${reason}`,
);

function invalidRequest(code: string, message: string) {
  return defineError({ code, http: 400, grpc: 'InvalidArgument' }, (owner: JobOwner): ErrorDescription => ({
    message,
    details: [detail(code, owner)],
  }));
}

function failure(code: string, what: string, status: { readonly http: number; readonly grpc: GrpcCode }) {
  return defineError({ code, ...status }, (owner: JobOwner, reason: string): ErrorDescription => {
    const message = `failed to ${what} job due to: ${reason}`;
    return { message, details: [detail(code, owner)] };
  });
}

function detail(reason: string, { appId, namespace }: JobOwner) {
  return errorInfo(reason, { appID: appId, namespace });
}
