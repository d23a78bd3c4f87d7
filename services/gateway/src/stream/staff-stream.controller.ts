import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Allow } from '../auth/access.js';
import type { Principal } from '../auth/principal.js';
import { Text } from '../dto/fields.js';
import { Caller } from '../http/call.js';
import { problems } from '../problem/problem.dto.js';
import { EarlySink } from './early-sink.js';
import { sseEvent } from './frame.js';
import { type OpenStream, OpenStreams } from './open-streams.js';
import { EVENT_STREAM, SseChannel } from './sse-channel.js';
import { closeLimitMs, type StaffSink } from './staff-session.js';
import { StaffStreams } from './staff-streams.js';

export class StaffStreamQueryDto {
  @Text({ optional: true, max: 200, description: 'As `Last-Event-ID`, for clients that cannot send it' })
  cursor?: string;
}

/** The notification stream over server-sent events. */
@ApiTags('Staff')
@Controller('api/v1/staff')
export class StaffStreamController {
  constructor(
    private readonly staff: StaffStreams,
    private readonly open: OpenStreams,
  ) {}

  /** As `/ws/staff`, with `Last-Event-ID`. */
  @Get('stream')
  @Allow({ scopes: ['staff'], staff: 'agent' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last cursor; nothing is missed or doubled',
  })
  @ApiResponse({
    status: 200,
    description:
      'Events: `id` is the cursor, `event` the type, `data` its JSON; `stream.closed`, without an id, says why this side ends',
    content: { [EVENT_STREAM]: { schema: { type: 'string' } } },
  })
  @problems('validation-failed')
  async stream(
    @Query() query: StaffStreamQueryDto,
    @Caller() principal: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const header = request.headers['last-event-id'];
    const cursor = typeof header === 'string' && header !== '' ? header : query.cursor;
    const sink = new EarlySink();
    const session = await this.staff.open(principal, sink, cursor);
    const channel = new SseChannel(reply);
    const stream: OpenStream = {
      principal,
      heartbeat: () => channel.heartbeat(),
      close: (reason) => session.close(reason),
    };
    this.open.add(stream);
    channel.whenClosed(() => {
      this.staff.leave(session);
      this.open.remove(stream);
    });
    // Sets the browser's Last-Event-ID before the first event: a reconnection begins behind here.
    if (cursor === undefined) channel.write(`id: ${this.staff.cursorOf(session)}\n\n`);
    sink.attach(sinkOf(channel));
  }
}

const sinkOf = (channel: SseChannel): StaffSink => ({
  send: (frame) => channel.write(frame.sseText),
  get backlogBytes() {
    return channel.backlogBytes;
  },
  // Without an id: where the client goes on is not changed by it.
  close: (reason) => {
    const { code, reason: why } = reason;
    channel.end(sseEvent({ event: 'stream.closed', data: { code, reason: why } }), closeLimitMs(reason));
  },
});
