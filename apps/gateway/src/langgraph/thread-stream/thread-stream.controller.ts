import { LuminaError } from '@lumina/contracts';
import type { RunStore, ThreadDirectory } from '@lumina/store';
import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { NeedsScope } from '../../auth/auth.guard';
import { luminaErrorOf } from '../../problems/problem';
import { Streams } from '../../throttle/route-class';
import { DIRECTORY, STORE, STREAMS } from '../../tokens';
import { ownThread } from '../ownership';
import { listIn } from '../run-queries';
import type { RunStreams } from '../run-stream';
import { type RunTarget, RunTargetOf } from '../run-target';
import { SseReply } from '../sse-reply';
import { type ThreadStreamMode, isThreadStreamMode, threadStreamModes } from './run-part';
import { type ThreadCursor, threadCursorId } from './thread-cursor';
import { ThreadStream } from './thread-stream';

/** What the SDKs call `threads.joinStream`. */
@ApiTags('LangGraph: threads')
@ApiSecurity('x-api-key')
@Controller('threads/:thread/stream')
export class ThreadStreamController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(DIRECTORY) private readonly directory: ThreadDirectory,
    @Inject(STREAMS) private readonly streams: RunStreams,
  ) {}

  @Get()
  @NeedsScope('runs:read')
  @Streams('always')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description:
      'The id of the last frame that was read; -1: everything. Otherwise what is under way and what comes.',
  })
  @ApiQuery({ name: 'stream_mode', required: false, isArray: true, enum: threadStreamModes })
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'As Last-Event-ID, for who has read no frame yet.',
  })
  @ApiOperation({ summary: 'Watch a thread: its runs, one after the other, until the client leaves' })
  async join(
    @RunTargetOf() { thread, caller }: RunTarget,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query() query: Readonly<Record<string, string | string[] | undefined>>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await ownThread(this.store, thread, caller.tenant);
    const modes = modesIn(query['stream_mode']);
    const { store, directory, streams } = this;
    const { stream, after } = await ThreadStream.open({ store, directory, streams }, snapshot, {
      lastEventId: lastEventId ?? [query['after']].flat()[0],
      modes,
    });
    const sse = new SseReply(reply, { location: locationOf(thread, modes, after) });
    try {
      for await (const news of stream.follow(after, sse.signal)) {
        if (news.kind === 'silence') await sse.heartbeat();
        else await sse.frame(news.frame.event, news.frame.data, news.cursor && threadCursorId(news.cursor));
      }
    } catch (error) {
      const { code, message } = luminaErrorOf(error);
      await sse.frame('error', { error: code, message });
      sse.end();
      return;
    }
    // The thread goes on: who wants more comes back, to another gateway.
    if (streams.isGoing) sse.breakOff();
    else sse.end();
  }
}

/** Where to come back to. It says where this stream began, for a client that has not got a frame when the connection breaks. */
function locationOf(thread: string, modes: ReadonlySet<ThreadStreamMode>, after: ThreadCursor): string {
  const query = new URLSearchParams([
    ...[...modes].map((mode): [string, string] => ['stream_mode', mode]),
    ['after', threadCursorId(after)],
  ]);
  return `/threads/${thread}/stream?${query.toString()}`;
}

function modesIn(given: string | string[] | undefined): ReadonlySet<ThreadStreamMode> {
  const asked = given === undefined ? ['run_modes'] : listIn(given);
  const known = asked.filter(isThreadStreamMode);
  if (known.length === asked.length) return new Set(known);
  const expected = `one or several of ${threadStreamModes.join(', ')}`;
  throw new LuminaError('LUM_VALIDATION_FAILED', `stream_mode: expected ${expected}`, {
    fields: [{ field: 'stream_mode', expected }],
  });
}
