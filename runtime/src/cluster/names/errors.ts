import { defineError } from '#core/errors.ts';

export const registryFolderForeign = defineError(
  { code: 'ERR_NAME_RESOLUTION', http: 500, grpc: 'FailedPrecondition' },
  (folder: string) => `the registry folder ${folder} belongs to another user; configure a folder of this user`,
);

export const registryUnreadable = defineError(
  { code: 'ERR_NAME_RESOLUTION', http: 500, grpc: 'Internal' },
  (folder: string, reason: string) => `the registry folder ${folder} cannot be read: ${reason}`,
);

export const nameformatInvalid = defineError(
  { code: 'ERR_NAME_RESOLUTION', http: 500, grpc: 'FailedPrecondition' },
  (format: string) => `the name format ${JSON.stringify(format)} does not contain {appid}`,
);

export const nameTemplateInvalid = defineError(
  { code: 'ERR_NAME_RESOLUTION', http: 500, grpc: 'FailedPrecondition' },
  (template: string) =>
    `the name template ${JSON.stringify(template)} must contain {{.ID}}, and besides it only {{.Namespace}} and {{.Port}}`,
);

export const nameDatabaseUnusable = defineError(
  { code: 'ERR_NAME_RESOLUTION', http: 500, grpc: 'Internal' },
  (path: string, reason: string) => `the names in ${path} cannot be used: ${reason}`,
);
