import { type Alert, level } from './alert';

/** Always fires: whoever stops hearing it knows that nobody would hear of anything else either. */
export const watchdog: Alert = {
  name: 'LuminaWatchdog',
  severity: 'none',
  area: 'watch',
  expr: 'vector(1) unless on () absent(up{job=~"lumina.*"})',
  for: '0s',
  summary: 'Alerting works. This one always fires; when it falls silent, alerting is broken.',
  look: 'Nothing while it fires. When it stops: Prometheus, then Alertmanager, then the way to whoever waits for it.',
  cases: {
    fires: { series: { 'up{job="lumina-gateway"}': '_x3 1+0x20' }, notYet: '30s', at: '2m' },
    healthy: {
      what: 'Prometheus does not scrape Lumina',
      series: { 'up{job="node"}': level(1, 40) },
      at: '5m',
    },
    absent: { what: 'nothing is scraped', series: {}, at: '5m' },
  },
};
