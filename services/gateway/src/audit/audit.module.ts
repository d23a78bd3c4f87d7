import { Global, Module } from '@nestjs/common';

import { AuditController } from './audit.controller.js';
import { AuditHandler } from './audit.handler.js';
import { AuditRepository } from './audit.repository.js';
import { AuditRootRepository } from './audit-root.repository.js';
import { AuditWriter } from './audit-writer.js';
import { LogCollector } from './log-collector.js';
import { RequestAudit } from './request-audit.js';
import { Sealer } from './sealer.js';
import { ToolDigest } from './tool-digest.js';

/** Who saw, asked, decided and ran what, so that nobody can take it back unseen. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    AuditHandler,
    AuditRepository,
    AuditRootRepository,
    AuditWriter,
    LogCollector,
    RequestAudit,
    Sealer,
    ToolDigest,
  ],
  exports: [AuditWriter, RequestAudit],
})
export class AuditModule {}
