export { actor } from './definition.ts';
export type {
  ActorContext,
  ActorDefinition,
  ActorOptions,
  ActorReference,
  ActorReferences,
  ReminderHandler,
  Schedule,
} from './definition.ts';
