export { movableClock, seededRandom } from './movable-clock.ts';
export type { MovableClock } from './movable-clock.ts';
export { recordingTransport } from './recording-transport.ts';
export type { Responder, RecordingTransport } from './recording-transport.ts';
export { testActor } from './test-actor.ts';
export type { TestActor, TestActorOptions } from './test-actor.ts';
