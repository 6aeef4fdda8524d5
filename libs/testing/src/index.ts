export { type ThrowawayRedis, freePort, startRedis } from './throwaway-redis';
export { type TcpProxy, startTcpProxy } from './tcp-proxy';
export { eventually } from './eventually';
export { type ThrowawaySentinels, startSentinels } from './throwaway-sentinels';
export { selfSigned } from './self-signed';
export { type OtlpCollector, startOtlpCollector } from './otlp-collector';
export { type ReceivedSpan, spansIn } from './otlp-spans';
export { type ReceivedHistogram, histogramsIn } from './otlp-metrics';
