export { type ThrowawayRedis, freePort, startRedis } from './throwaway-redis';
export { eventually } from './eventually';
