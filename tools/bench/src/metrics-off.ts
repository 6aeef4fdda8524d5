import { Counter, Gauge, Histogram, Summary } from 'prom-client';

// Loaded before a service, for measuring alone: numbers are asked to be kept as ever, and are not.
const nothing = (): void => undefined;
// Counters and histograms take one of two ways, chosen when they are made.
Object.assign(Counter.prototype, { incWithExemplar: nothing, incWithoutExemplar: nothing });
Object.assign(Gauge.prototype, { inc: nothing, dec: nothing, set: nothing });
Object.assign(Histogram.prototype, { observeWithExemplar: nothing, observeWithoutExemplar: nothing });
Object.assign(Summary.prototype, { observe: nothing });
