// Prints, as JSON, every metric that a built service registers: node tools/docs/metrics-of-service.mjs SERVICE
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const service = process.argv[2];
require('reflect-metadata');
require(resolve(root, 'dist/apps', service, 'src/app.module.js'));
const { collectDefaultMetrics, register } = require('prom-client');
collectDefaultMetrics();
const metrics = register
  .getMetricsAsArray()
  .map(({ name, help, type, labelNames = [] }) => ({ service, name, help, type, labelNames }));
process.stdout.write(JSON.stringify(metrics), () => process.exit(0));
