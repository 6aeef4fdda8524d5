import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { SERVICE, type Service } from './service';

interface StatusReply {
  status(code: number): StatusReply;
}

/**
 * `/health/live`: the event loop turns. Never depends on Redis: restarting a process mends no database.
 * `/health/ready`: the process may be given traffic.
 */
@ApiExcludeController()
@Controller('health')
export class ProbeController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(SERVICE) private readonly service: Pick<Service, 'check' | 'notes'>,
  ) {}

  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: StatusReply): Promise<unknown> {
    const found = await this.service.check();
    const results = Object.entries(found).map(([name, fault]) => () => {
      const indicator = this.indicators.check(name);
      return fault === undefined ? indicator.up() : indicator.down(fault);
    });
    const notes = Object.entries(this.service.notes?.() ?? {}).map(
      ([name, note]) =>
        () =>
          this.indicators.check(name).up(note),
    );
    try {
      return await this.checks.check([...results, ...notes]);
    } catch (error) {
      reply.status(503);
      return (error as { getResponse?: () => unknown }).getResponse?.() ?? { status: 'error' };
    }
  }
}
