import { BusClient } from '@baton/bus';
import {
  BatonError,
  type CompletedConnection,
  connectionRequests,
  isBatonError,
  PROBLEMS,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { CALLBACK_HEADERS, type CallbackPage, callbackPage } from './callback-page.js';
import { PROVIDER_TIMEOUT_MS } from './provider-timeout.js';

const PARAMETERS = ['state', 'code', 'iss', 'error'] as const;
const LONGEST_PARAMETER = 4096;
const A_PAGE = { 'text/html': { schema: { type: 'string' } } } as const;

interface Answer {
  readonly status: number;
  readonly page: CallbackPage;
  readonly retryAfterMs?: number;
}

/** Where providers send a person's browser back to: open to all, since its `state` is what proves it. */
@ApiTags('Connections')
@Controller('api/v1/oauth')
export class OAuthCallbackController {
  constructor(private readonly bus: BusClient) {}

  @Get('callback')
  @ApiOperation({ summary: 'The way back from a provider; a page for the person, not a call for programs' })
  @ApiQuery({ name: 'state', required: true, type: String })
  @ApiQuery({ name: 'code', required: false, type: String })
  @ApiQuery({ name: 'iss', required: false, type: String, description: 'RFC 9207' })
  @ApiQuery({ name: 'error', required: false, type: String })
  @ApiResponse({ status: 200, description: 'Connected', content: A_PAGE })
  @ApiResponse({
    status: 400,
    description: 'Not connected: denied, refused, or a link that is not waited for',
    content: A_PAGE,
  })
  @ApiResponse({
    status: 503,
    description: 'The provider does not answer: the same address may be opened again',
    content: A_PAGE,
  })
  async callback(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { status, page, retryAfterMs } = await this.answer(query, request.requestId);
    if (retryAfterMs !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
    await reply.status(status).headers(CALLBACK_HEADERS).send(callbackPage(page));
  }

  private async answer(query: Readonly<Record<string, unknown>>, request_id: string): Promise<Answer> {
    try {
      return told(
        await this.bus.request(
          connectionRequests.complete,
          { tenant_id: '*', actor: SYSTEM_ACTOR, request_id },
          parametersOf(query),
          { timeoutMs: PROVIDER_TIMEOUT_MS },
        ),
      );
    } catch (error) {
      if (!isBatonError(error)) throw error;
      return problem(error);
    }
  }
}

/** @throws BatonError `validation-failed` for what no provider sends: a parameter twice, or one without end */
const parametersOf = (query: Readonly<Record<string, unknown>>): Record<string, string> => {
  const given = PARAMETERS.flatMap((name) =>
    query[name] === undefined ? [] : [[name, query[name]] as const],
  );
  for (const [, value] of given)
    if (typeof value !== 'string' || value.length > LONGEST_PARAMETER)
      throw new BatonError('validation-failed', 'This is not an address that a provider makes');
  return Object.fromEntries(given as [string, string][]);
};

const told = ({ provider, outcome }: CompletedConnection): Answer => {
  switch (outcome) {
    case 'connected':
      return {
        status: 200,
        page: { title: 'Connected', text: `${provider} is connected. You can close this window.` },
      };
    case 'denied':
      return {
        status: 400,
        page: { title: 'Not connected', text: `You said no at ${provider}: nothing was connected.` },
      };
    case 'refused':
      return {
        status: 400,
        page: {
          title: 'Not connected',
          text: `${provider} gave no access: nothing was connected. Begin again, please.`,
        },
      };
    default:
      return outcome satisfies never;
  }
};

const problem = (error: BatonError): Answer => {
  const { status } = PROBLEMS[error.code];
  if (status !== 503 && status !== 429)
    return { status, page: { title: 'Not connected', text: `${error.message}. Begin again, please.` } };
  return {
    status: 503,
    page: { title: 'Not connected yet', text: `${error.message}. Open this address again in a moment.` },
    retryAfterMs: error.retryAfterMs ?? 5000,
  };
};
