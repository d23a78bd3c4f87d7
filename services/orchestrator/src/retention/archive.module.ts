import { CONFIG, Database, deriveKey } from '@baton/service';
import { Module } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { ARCHIVE_LABEL } from '../key-labels.js';
import { ArchiveRepository } from './archive.repository.js';

@Module({
  providers: [
    {
      provide: ArchiveRepository,
      inject: [Database, CONFIG],
      useFactory: (database: Database, config: OrchestratorConfig) =>
        new ArchiveRepository(database, (tenantId) => ({
          id: 'archive',
          key: deriveKey(config.BATON_SECRET, `${ARCHIVE_LABEL}/${tenantId}`),
        })),
    },
  ],
  exports: [ArchiveRepository],
})
export class ArchiveModule {}
