import { Controller, Get, Headers, Res, type Type } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { openMetricsContentType, register } from 'prom-client';
import { openMetricsPage } from './open-metrics';

interface TypedReply {
  header(name: string, value: string): unknown;
}

const openMetrics = /^\s*application\/openmetrics-text\b(?!.*\bversion=0)/;
const usualText = /^\s*(text\/plain|text\/\*|\*\/\*)/;

/** Whether a scraper would rather have OpenMetrics, which has exemplars, than the usual text. */
export function prefersOpenMetrics(accept = ''): boolean {
  const ranges = accept.split(',');
  const weight = (kind: RegExp): number =>
    Math.max(0, ...ranges.filter((range) => kind.test(range)).map(weightOf));
  return weight(openMetrics) > weight(usualText);
}

const weightOf = (range: string): number => Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);

/** `/metrics`, in the format that the scraper prefers. `labels` are those of every series. */
export function metricsController(labels: Readonly<Record<string, string>>): Type {
  @Controller()
  class MetricsController {
    @Get()
    @ApiOperation({ summary: 'Metrics, for Prometheus', tags: ['Prometheus'] })
    async show(
      @Headers('accept') accept: string | undefined,
      @Res({ passthrough: true }) reply: TypedReply,
    ): Promise<string> {
      const isOpen = prefersOpenMetrics(accept);
      reply.header('content-type', isOpen ? openMetricsContentType : register.contentType);
      return isOpen ? openMetricsPage(labels) : register.metrics();
    }
  }
  return MetricsController;
}
