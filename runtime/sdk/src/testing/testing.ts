export { recordingTransport } from './recording-transport.ts';
export type { Answer, RecordingTransport } from './recording-transport.ts';
