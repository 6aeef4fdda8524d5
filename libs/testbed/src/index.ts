export { freePorts } from './free-port';
export { KeptProcess, commandLine } from './kept-process';
export { type Role, healthProcess, modelProcess, programs, roles, serviceProcess } from './lumina-process';
export { eventually, pause } from './pause';
export { quantile } from './quantile';
export { type Address, redisCommand, redisInfo } from './redis-command';
export { RedisNode } from './redis-node';
export { SentinelGroup, masterName } from './sentinel-group';
export type { Place, Site } from './site';
