export { alertTables } from './alert-page';
export { alertmanagerConfig, receiverOf } from './alertmanager-file';
export { alerts } from './alerts';
export type { Alert } from './alerts/alert';
export { signalFiles } from './files';
export { placeholders } from './places';
