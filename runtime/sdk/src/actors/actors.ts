export { actor } from './definition.ts';
export type {
  ActorContext,
  ActorDefinition,
  ActorOptions,
  ActorReference,
  ActorReferences,
  AlarmHandler,
  Schedule,
} from './definition.ts';
