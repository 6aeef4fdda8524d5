export { alertTables } from './alert-page';
export { alertmanagerConfig, receiverOf } from './alertmanager-file';
export { alerts } from './alerts';
export type { Alert } from './alerts/alert';
export { dashboardTables } from './dashboards/dashboard-page';
export { signalFiles } from './files';
export { usualPlaces } from './places';
