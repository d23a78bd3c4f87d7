import { Module } from '@nestjs/common';

import { DemoController } from './demo.controller.js';
import { DeskController } from './desk.controller.js';
import { PageFolders } from './page-folders.js';
import { WidgetController } from './widget.controller.js';

/** What people see in a browser: the desk, the widget and a page that holds it. */
@Module({
  controllers: [DeskController, WidgetController, DemoController],
  providers: [PageFolders],
})
export class PagesModule {}
