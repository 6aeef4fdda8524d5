export { DoorbellWorker, type DoorbellWorkerOptions } from './doorbell-worker';
export { drainWithin } from './drain';
export { Ringer, type RingableItem, queuePrefix } from './ringer';
