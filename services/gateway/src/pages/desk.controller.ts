import { join } from 'node:path';

import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { sendMissingBuild } from './missing-build.js';
import { isFile, sendPageFile } from './page-files.js';
import { PageFolders } from './page-folders.js';
import { applyPagePolicy } from './page-policy.js';

const INDEX = 'index.html';

/** The staff desk: files, and its one page for every path that the desk itself knows. */
@ApiExcludeController()
@Controller('desk')
export class DeskController {
  constructor(private readonly folders: PageFolders) {}

  @Get()
  page(@Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, INDEX);
  }

  @Get('*')
  file(@Param('*') path: string, @Res() reply: FastifyReply): Promise<void> {
    const isView = !path.split('/').at(-1)?.includes('.');
    return this.send(reply, isView ? INDEX : path);
  }

  private async send(reply: FastifyReply, path: string): Promise<void> {
    const folder = this.folders.desk;
    if (!(await isFile(join(folder, INDEX)))) return sendMissingBuild(reply, 'The desk');
    applyPagePolicy(reply);
    // The build writes a hash of its content into the name of every asset.
    await sendPageFile(reply, folder, path, path.startsWith('assets/') ? 'for good' : 'never');
  }
}
