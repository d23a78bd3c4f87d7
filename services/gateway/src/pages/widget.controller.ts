import { join } from 'node:path';

import { BatonError } from '@baton/contracts';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { isFile, sendPageFile } from './page-files.js';
import { PageFolders } from './page-folders.js';

const SCRIPT = 'widget.js';

/** The chat that any page can hold. */
@ApiExcludeController()
@Controller()
export class WidgetController {
  constructor(private readonly folders: PageFolders) {}

  @Get(SCRIPT)
  async script(@Res() reply: FastifyReply): Promise<void> {
    if (!(await isFile(join(this.folders.widget, SCRIPT))))
      throw new BatonError('unavailable', 'The widget is not built here: run "npm run build"');
    // Pages of any origin load it, as a module too.
    void reply.header('access-control-allow-origin', '*');
    await sendPageFile(reply, this.folders.widget, SCRIPT, 'an hour');
  }
}
