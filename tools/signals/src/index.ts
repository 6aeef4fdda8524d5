export { alertTables } from './alert-page';
export { alerts } from './alerts';
export type { Alert } from './alerts/alert';
export { signalFiles } from './files';
export { placeholders } from './places';
