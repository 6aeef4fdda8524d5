import { burnAlerts } from '../slos/burn-alerts';
import type { Alert } from './alert';
import { clusterAlerts } from './cluster-alerts';
import { modelAlerts } from './model-alerts';
import { processAlerts } from './process-alerts';
import { runAlerts } from './run-alerts';
import { securityAlerts } from './security-alerts';
import { storeAlerts } from './store-alerts';
import { toolAlerts } from './tool-alerts';
import { watchdog } from './watchdog';

/** Every alert, in the order of the page about them. */
export const alerts: readonly Alert[] = [
  ...burnAlerts,
  ...runAlerts,
  ...storeAlerts,
  ...processAlerts,
  ...clusterAlerts,
  ...modelAlerts,
  ...toolAlerts,
  ...securityAlerts,
  watchdog,
];
