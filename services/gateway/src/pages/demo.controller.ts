import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { BatonError, DEFAULT_TENANT } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { forbidden } from '../auth/access.js';
import type { GatewayConfig } from '../config.js';
import { type IssuedToken, Tokens } from '../token/tokens.js';
import { sendMissingBuild } from './missing-build.js';
import { isFile, sendPageFile } from './page-files.js';
import { PageFolders } from './page-folders.js';
import { applyPagePolicy } from './page-policy.js';

const PAGE = 'demo.html';
/** What the page is made of, beside the widget itself. */
const FILES: ReadonlySet<string> = new Set(['demo.css', 'demo.js']);
const COOKIE = 'baton_demo';
const VISITOR = /^[0-9a-f]{32}$/;

/**
 * A page with the chat, and what such a page's own server does: the token end point. That gives anybody who asks a conversation of their
 * own, so it is there only where `BATON_DEMO` is on, which `npm start` does and nothing else.
 */
@ApiExcludeController()
@Controller('demo')
export class DemoController {
  constructor(
    private readonly folders: PageFolders,
    private readonly tokens: Tokens,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  @Get()
  page(@Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, PAGE);
  }

  @Get(':file')
  async file(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    if (!FILES.has(file)) throw new BatonError('not-found', 'There is no such file');
    await this.send(reply, file);
  }

  /** Whose conversation it is says a cookie that no script reads; without one, or with `?new`, a new conversation begins. */
  @Post('token')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  token(
    @Req() request: FastifyRequest,
    @Query() query: Record<string, unknown>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IssuedToken> {
    if (this.config.BATON_DEMO === 'off')
      throw new BatonError('not-found', 'The demo gives tokens only under "npm start" (BATON_DEMO)');
    if (!isOwnPage(request)) throw forbidden('Only the demo page itself may ask for a token');
    const visitor = ('new' in query ? undefined : visitorOf(request)) ?? randomBytes(16).toString('hex');
    void reply.header('set-cookie', `${COOKIE}=${visitor}; Path=/demo; HttpOnly; SameSite=Strict`);
    return this.tokens.issueConversation(DEFAULT_TENANT, `demo_${visitor}`, {
      id: `demo_${visitor}`,
      name: 'Demo visitor',
    });
  }

  private async send(reply: FastifyReply, path: string): Promise<void> {
    const folder = this.folders.widget;
    if (!(await isFile(join(folder, PAGE)))) return sendMissingBuild(reply, 'The demo');
    applyPagePolicy(reply, { trustedTypes: true });
    await sendPageFile(reply, folder, path, 'never');
  }
}

/** Browsers say where a request is from; who says nothing is no browser and has no visitor's cookie. */
const isOwnPage = ({ headers }: FastifyRequest): boolean =>
  ['same-origin', 'none', undefined].includes(headers['sec-fetch-site']);

const visitorOf = ({ headers }: FastifyRequest): string | undefined => {
  const found = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .find(([name]) => name === COOKIE)?.[1];
  return found !== undefined && VISITOR.test(found) ? found : undefined;
};
