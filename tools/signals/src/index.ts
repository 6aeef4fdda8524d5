export { alertTables } from './alert-page';
export { alertmanagerConfig, receiverOf } from './alertmanager-file';
export { alerts } from './alerts';
export type { Alert } from './alerts/alert';
export { dashboards, uidOf } from './dashboards';
export { dashboardTables } from './dashboards/dashboard-page';
export { dashboardPicture } from './dashboards/picture';
export { signalFiles } from './files';
export { usualPlaces } from './places';
