import type { Drill } from '../drill';
import { alertsDrill } from './alerts';
import { budget } from './budget';
import { cancel } from './cancel';
import { chaos } from './chaos';
import { crashPoints } from './crash-points';
import { killServices } from './kill-services';
import { modelOutage } from './model-outage';
import { partition } from './partition';
import { plannedFailover } from './planned-failover';
import { redisFailover, slowFailover } from './redis-failover';
import { redisHang } from './redis-hang';
import { regionLoss } from './region-loss';
import { rollingRestart } from './rolling-restart';
import { rollout } from './rollout';
import { sentinelsDown } from './sentinels-down';

/** From a kill −9 until the runs in the killed process's hands move again. */
const killed = { recoveryP99Ms: 5_000 };

export const drills: Readonly<Record<string, Drill>> = {
  'kill-worker': killServices('agent-orchestrator', killed),
  'kill-executor': killServices('tool-executor', killed),
  'kill-gateway': killServices('gateway', { ...killed, firstAcknowledgementMs: 5_000 }),
  'redis-failover': redisFailover,
  'planned-failover': plannedFailover,
  'slow-failover': slowFailover,
  'redis-hang': redisHang,
  'sentinels-down': sentinelsDown,
  'model-outage': modelOutage,
  partition: partition(),
  'rolling-restart': rollingRestart,
  rollout: rollout(),
  'region-loss': regionLoss,
  'crash-points': crashPoints,
  cancel,
  budget,
  chaos,
  alerts: alertsDrill,
};
