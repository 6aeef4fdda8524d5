export { DoorbellWorker, type DoorbellWorkerOptions, type Via } from './doorbell-worker';
export { drainWithin } from './drain';
export { queuePrefix } from './names';
export { type OpenDoor, Ringer, type RingableItem } from './ringer';
export { type Due, type Schedule, Schedules } from './schedules';
