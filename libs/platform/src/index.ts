export {
  type Environment,
  type Setting,
  type SettingDescription,
  type Settings,
  SettingsError,
  type SettingsShape,
  bytes,
  decimal,
  defineSettings,
  describeSettings,
  duration,
  flag,
  integer,
  list,
  oneOf,
  parseSettings,
  readSecretFile,
  secret,
  secretOf,
  text,
  url,
} from './config';
export { ConfigurationError, readYamlFile } from './files/yaml-file';
export { configPath } from './files/config-path';
export { serviceLog } from './logs/log-destination';
export { type AddressLookup, type Endpoint } from './http-client/address-guard';
export {
  ForwardProxy,
  type ForwardProxyOptions,
  type Passage,
  type PassageOutcome,
} from './http-client/forward-proxy';
export { type GuardedFetch, type GuardedFetchOptions, guardedFetch } from './http-client/guarded-fetch';
export { HttpClient, type HttpClientOptions } from './http-client/http-client';
export {
  type HttpFailure,
  type HttpFailureReason,
  type HttpMeasure,
  type HttpOutcome,
  type HttpRequest,
  type HttpResponse,
} from './http-client/http-exchange';
export { endpointOf, endpointOfUrl, httpSettings } from './http-client/http-settings';
export { urlFault } from './http-client/next-hop';
export { noteRequest } from './service/request-notes';
export { logLevels, logOptions } from './logs/log-options';
export { LuaScript } from './redis/lua-script';
export { type ConnectionPurpose, connectRedis, masterTrust, redisOptions } from './redis/connection';
export { type RedisTarget, redisSettings, redisTarget } from './redis/target';
export { knownSecrets } from './secrets/known-secrets';
export { type Scrubbed, Scrubber } from './secrets/scrubber';
export { type CrashPoint, crashPoint } from './service/crash-point';
export { recoveryCounter, securityCounter } from './service/rare-events';
export { SERVICE, type Service } from './service/service';
export { TracedHistogram } from './service/traced-histogram';
export { createService, runMain, serve } from './service/serve';
export { requestSpan } from './traces/request-traces';
export { operations, spanNames } from './traces/span-names';
export {
  type TraceContext,
  parseTraceparent,
  runContext,
  spanIdOf,
  traceparentOf,
} from './traces/trace-context';
export { traceContentSettings, traceSettings } from './traces/trace-settings';
export { openTracing } from './traces/open-tracing';
export { openMeter } from './traces/open-meter';
export { meterSettings } from './traces/meter-settings';
export type { GenAiMeter, ModelOperation } from './traces/gen-ai-meter';
export type { Span, SpanAttributes, Tracing } from './traces/tracing';
export { ServiceModule } from './service/service.module';
export { serviceSettings } from './service/service-settings';
