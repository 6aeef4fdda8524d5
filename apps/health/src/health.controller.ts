import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { HealthMonitor } from './health-monitor';
import { statusPage, statusPagePolicy } from './status-page';
import { type HealthReport, type HistoryReport, healthReport, historyReport } from './health-report';

interface StatusReply {
  status(code: number): StatusReply;
}

/** Answers from what the last round saw: asking costs nothing and never waits for Redis. */
@Controller('health')
export class HealthController {
  constructor(@Inject(HealthMonitor) private readonly monitor: HealthMonitor) {}

  @Get()
  @Header('cache-control', 'no-store')
  health(@Res({ passthrough: true }) reply: StatusReply): HealthReport {
    const report = healthReport(this.monitor.snapshot);
    if (report.status === 'unhealthy') reply.status(503);
    return report;
  }

  /** For people: the same, without what names machines. */
  @Get('status')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', statusPagePolicy)
  @Header('cache-control', 'no-store')
  status(): string {
    return statusPage(this.monitor.snapshot, this.monitor.transitions);
  }

  @Get('history')
  @Header('cache-control', 'no-store')
  history(): HistoryReport {
    return historyReport(this.monitor.transitions);
  }
}
