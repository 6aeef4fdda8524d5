/** People's decisions and cancellations, as orchestrators carry them out too. */
export { type Cancellation, Interventions } from '@lumina/store';
