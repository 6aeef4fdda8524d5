import { type ErrorCode, LuminaError } from '@lumina/contracts';
import type { RunStore, ThreadDirectory } from '@lumina/store';
import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { NeedsScope } from '../../auth/auth.guard';
import { Streams } from '../../throttle/route-class';
import { DIRECTORY, REQUESTS, STORE, STREAMS } from '../../tokens';
import { ownThread } from '../ownership';
import type { RunRequests } from '../run-requests';
import type { RunStreams } from '../run-stream';
import { ApiIdempotencyKey, type RunTarget, RunTargetOf } from '../run-target';
import { SseReply } from '../sse-reply';
import { isWanted } from './event-filter';
import { CommandBody, EventStreamBody } from './protocol-bodies';
import type { NumberedEvent } from './protocol-projection';
import { ThreadBell } from './thread-bell';
import { ThreadCommands } from './thread-commands';
import { ThreadEvents } from './thread-events';

/** LangGraph's thread protocol: commands in, one stream of everything that happens in a thread out. */
@ApiTags('LangGraph: thread protocol')
@ApiSecurity('x-api-key')
@Controller('threads/:thread')
export class ProtocolController {
  private readonly commands: ThreadCommands;
  private readonly events: ThreadEvents;

  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(REQUESTS) requests: RunRequests,
    @Inject(STREAMS) private readonly streams: RunStreams,
    @Inject(DIRECTORY) directory: ThreadDirectory,
  ) {
    const bell = new ThreadBell();
    this.commands = new ThreadCommands({ store, requests, bell });
    this.events = new ThreadEvents({ store, directory, streams, bell });
  }

  @Post('commands')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one run, where the command begins one.')
  @ApiOperation({
    summary: 'run.start, input.respond, state.get, state.listCheckpoints, state.fork',
  })
  async command(@RunTargetOf() target: RunTarget, @Body() body: CommandBody): Promise<unknown> {
    const { id, method, params = {} } = body;
    try {
      const { result, appliedThroughSeq } = await this.commands.run(target, method, params);
      const meta = { thread_id: target.thread, applied_through_seq: appliedThroughSeq };
      return { type: 'success', id, result, meta };
    } catch (error) {
      const known = error instanceof LuminaError ? protocolCodes[error.code] : undefined;
      // What the protocol has no word for is answered as everywhere else: clients look at the status.
      if (!(error instanceof LuminaError) || known === undefined) throw error;
      return { type: 'error', id, error: known, message: `${error.message} (${error.code})` };
    }
  }

  @Post('stream/events')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @Streams('always')
  @ApiOperation({ summary: 'What happens in a thread, through all its runs, until the client leaves' })
  async stream(
    @RunTargetOf() { thread, caller }: RunTarget,
    @Body() body: EventStreamBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await ownThread(this.store, thread, caller.tenant);
    const filter = {
      channels: new Set(body.channels),
      namespaces: body.namespaces,
      depth: body.depth,
    };
    const sse = new SseReply(reply, {});
    try {
      for await (const news of this.events.follow(thread, body.since, sse.signal)) {
        if (news.kind === 'silence') await sse.heartbeat();
        else if (isWanted(filter, news.event.channel, news.event.namespace)) await write(sse, news.event);
      }
    } finally {
      if (this.streams.isGoing) sse.breakOff();
      else sse.end();
    }
  }
}

async function write(sse: SseReply, { seq, method, namespace, atMs, data }: NumberedEvent): Promise<void> {
  const params = { namespace, timestamp: atMs, data };
  await sse.frame(method, { type: 'event', event_id: String(seq), seq, method, params }, String(seq));
}

const protocolCodes: Readonly<Partial<Record<ErrorCode, string>>> = {
  LUM_VALIDATION_FAILED: 'invalid_argument',
  LUM_NOT_OFFERED: 'unknown_command',
  LUM_AGENT_NOT_FOUND: 'invalid_argument',
  LUM_CHECKPOINT_NOT_FOUND: 'no_such_checkpoint',
  LUM_APPROVAL_NOT_PENDING: 'no_such_interrupt',
  LUM_APPROVAL_EXPIRED: 'no_such_interrupt',
  LUM_FORBIDDEN: 'permission_denied',
  LUM_THREAD_BUSY: 'invalid_argument',
};
