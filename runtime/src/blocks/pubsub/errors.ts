import { defineError, errorInfo, resourceInfo } from '#core/errors.ts';
import type { ErrorDescription } from '#core/errors.ts';

export const pubsubNotFound = defineError(
  { code: 'ERR_PUBSUB_NOT_FOUND', http: 404, grpc: 'InvalidArgument' },
  (name: string) => ({
    message: `pubsub ${name} is not found`,
    details: [errorInfo('DAPR_PUBSUB_NOT_FOUND', {})],
  }),
);

export const pubsubNameEmpty = defineError({ code: 'ERR_PUBSUB_EMPTY', http: 404, grpc: 'InvalidArgument' }, () =>
  rich('', 'pubsub name is empty', 'NAME_EMPTY', {}),
);

export const topicEmpty = defineError(
  { code: 'ERR_TOPIC_NAME_EMPTY', http: 404, grpc: 'InvalidArgument' },
  (pubsubName: string) => rich(pubsubName, `topic is empty in pubsub ${pubsubName}`, 'TOPIC_NAME_EMPTY', {}),
);

/** `metadata` contains the invalid name and value. */
export const pubsubMetadataInvalid = defineError(
  { code: 'ERR_PUBSUB_REQUEST_METADATA', http: 400, grpc: 'InvalidArgument' },
  (pubsubName: string, reason: string, metadata: Readonly<Record<string, string>>) =>
    rich(pubsubName, `failed deserializing metadata. Error: ${reason}`, 'METADATA_DESERIALIZATION', metadata),
);

export const cloudEventInvalid = defineError(
  { code: 'ERR_PUBSUB_CLOUD_EVENTS_SER', http: 500, grpc: 'InvalidArgument' },
  (pubsubName: string, appId: string, reason: string) =>
    rich(pubsubName, 'cannot create cloudevent', 'CLOUD_EVENT_CREATION', { appID: appId, error: reason }),
);

/** Entries of a bulk publish that have no id, or a duplicate one. */
export const bulkEntriesInvalid = defineError(
  { code: 'ERR_PUBSUB_EVENTS_SER', http: 400, grpc: 'InvalidArgument' },
  (pubsubName: string, topic: string, appId: string) => {
    const error = 'entryId is duplicated or not present for entry';
    const message = `error marshaling events to bytes for topic ${topic} pubsub ${pubsubName}. error: ${error}`;
    return rich(pubsubName, message, 'MARSHAL_EVENTS', { appID: appId, error });
  },
);

/** An entry of a bulk publish whose event does not match its content type. */
export const bulkEventInvalid = defineError(
  { code: 'ERR_PUBSUB_EVENTS_SER', http: 400, grpc: 'InvalidArgument' },
  (pubsubName: string, topic: string, reason: string) => {
    const where = `topic ${topic} pubsub ${pubsubName}`;
    const message = `error when marshalling cloud event envelope for ${where}: error: ${reason}`;
    return rich(pubsubName, message, 'MARSHAL_ENVELOPE', { error: `error: ${reason}` });
  },
);

/** A bulk publish whose body is not an array of entries. */
export const bulkBodyInvalid = defineError(
  { code: 'ERR_PUBSUB_EVENTS_SER', http: 400, grpc: 'InvalidArgument' },
  (pubsubName: string, topic: string, reason: string) => {
    const message = `error when unmarshaling the request for topic ${topic} pubsub ${pubsubName}: ${reason}`;
    return rich(pubsubName, message, 'UNMARSHAL_EVENTS', {});
  },
);

export const publishForbidden = defineError(
  { code: 'ERR_PUBSUB_FORBIDDEN', http: 403, grpc: 'PermissionDenied' },
  (pubsubName: string, topic: string, appId: string) => {
    const message = `topic ${topic} is not allowed for app id ${appId}`;
    return rich(pubsubName, message, 'FORBIDDEN', { topic, error: message });
  },
);

export const publishFailed = defineError(
  { code: 'ERR_PUBSUB_PUBLISH_MESSAGE', http: 500, grpc: 'Internal' },
  (pubsubName: string, topic: string, reason: string) => {
    const message = `error when publishing to topic ${topic} in pubsub ${pubsubName}: ${reason}`;
    return rich(pubsubName, message, 'PUBLISH_MESSAGE', { topic, error: reason });
  },
);

/** A broker cannot map this topic: a wildcard in a publish, an empty part. Never worth a retry. */
export const topicUnusable = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (topic: string, reason: string) => `invalid request: topic '${topic}' cannot be used: ${reason}`,
);

export const subscriptionForbidden = defineError(
  { code: 'ERR_PUBSUB_FORBIDDEN', http: 403, grpc: 'PermissionDenied' },
  (pubsubName: string, topic: string) => `subscription to topic '${topic}' on pubsub '${pubsubName}' is not allowed`,
);

/** A route's `match` is invalid; `reason` gives the position. */
export const routeMatchInvalid = defineError(
  { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
  (expression: string, reason: string) => `invalid request: the route match '${expression}' cannot be used: ${reason}`,
);

function rich(
  pubsubName: string,
  message: string,
  reason: string,
  metadata: Readonly<Record<string, string>>,
): ErrorDescription {
  return {
    message,
    details: [
      { ...resourceInfo('pubsub', pubsubName, ''), description: message },
      errorInfo(`DAPR_PUBSUB_${reason}`, metadata),
    ],
  };
}
