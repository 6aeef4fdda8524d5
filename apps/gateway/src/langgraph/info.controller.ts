import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

/** What LangGraph clients ask first. */
@ApiTags('LangGraph: server')
@Controller()
export class InfoController {
  @Get('ok')
  @ApiOperation({ summary: 'Whether the server answers' })
  ok(): { ok: true } {
    return { ok: true };
  }

  @Get('info')
  @ApiOperation({ summary: 'What the server is' })
  info(): unknown {
    return { name: 'lumina', flags: { assistants: true, crons: false, langsmith: false } };
  }
}
