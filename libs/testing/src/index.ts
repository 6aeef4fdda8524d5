export { type ThrowawayRedis, freePort, startRedis } from './throwaway-redis';
export { type TcpProxy, startTcpProxy } from './tcp-proxy';
export { eventually } from './eventually';
export { type ThrowawaySentinels, startSentinels } from './throwaway-sentinels';
export { selfSigned } from './self-signed';
