export { DoorbellWorker, type DoorbellWorkerOptions } from './doorbell-worker';
export { Ringer, type RingableItem, queuePrefix } from './ringer';
