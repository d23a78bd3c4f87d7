import { join } from 'node:path';

const APPS = join(import.meta.dirname, '../../../../apps');

/** Where the built pages lie; they are built beside the services and travel with the gateway. */
export class PageFolders {
  readonly desk: string = join(APPS, 'desk/dist');
  readonly widget: string = join(APPS, 'widget/dist');
}
