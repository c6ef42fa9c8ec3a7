import { toBinary } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jobNameInBody } from '#blocks/jobs/errors.ts';
import type { JobsBlock } from '#blocks/jobs/jobs.ts';
import type { WireJob } from '#blocks/jobs/wire.ts';
import { withCause, textOf } from '#core/errors.ts';
import { JobSchema } from '#gen/dapr/proto/runtime/v1/jobs_pb.ts';
import { malformedRequest } from './body.ts';
import { isKnownType, messageOf, protoJson, protoJsonBody, replyProto } from './proto-json.ts';
import { replyJson } from '../server/json-reply.ts';
import { callOf } from '../server/request-call.ts';

const jsonType = 'type.googleapis.com/google.protobuf.Value';

/** `jobs/{name}`, stable and alpha. */
export function jobsRoutes(jobs: JobsBlock) {
  return (app: FastifyInstance): void => {
    for (const version of ['v1.0', 'v1.0-alpha1']) {
      const url = `/${version}/jobs/:name`;
      app.post<{ Params: { name: string } }>(url, async (request, reply) => {
        const { job, overwrite } = jobBody(request);
        if (job.name !== '') throw jobNameInBody(jobs.owner);
        await jobs.schedule(callOf(request), { job: { ...job, name: request.params.name.trim() }, overwrite });
        return reply.code(204).send();
      });
      app.get<{ Params: { name: string } }>(url, async (request, reply) => {
        const { data, ...job } = await jobs.get(callOf(request), { name: request.params.name });
        if (!data || isKnownType(data.typeUrl)) return replyProto(reply, JobSchema, { ...job, data });
        // an unknown type: only its bytes can be returned
        const value = Buffer.from(data.value).toString('base64');
        return replyJson(reply, { ...Object(protoJson(JobSchema, job)), data: { '@type': data.typeUrl, value } });
      });
      app.delete<{ Params: { name: string } }>(url, async (request, reply) => {
        await jobs.delete(callOf(request), { name: request.params.name });
        return reply.code(204).send();
      });
    }
  };
}

/** A job in proto-JSON, except that `data` is any JSON and `overwrite` is a sibling. */
function jobBody(request: FastifyRequest): { readonly job: WireJob; readonly overwrite: boolean } {
  const body = protoJsonBody(request);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw malformedRequest('the body is not an object');
  const { data, overwrite = false, ...rest } = body;
  if (typeof overwrite !== 'boolean') throw malformedRequest('overwrite is not true or false');
  try {
    const job = messageOf(JobSchema, rest);
    return { job: data === undefined ? job : { ...job, data: jsonData(data) }, overwrite };
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

function jsonData(data: JsonValue) {
  return { typeUrl: jsonType, value: toBinary(ValueSchema, messageOf(ValueSchema, data)) };
}
