import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

import { RouteTable } from '../auth/route-table.js';
import { ApiDocuments } from '../openapi/api-documents.js';
import { OpenApiController } from '../openapi/openapi.controller.js';
import { EventLoopDelay } from '../overload/event-loop-delay.js';
import { DtoPipe } from '../problem/dto.pipe.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { Admission } from './admission.js';
import { LastCall } from './last-call.js';

/** What every request passes: admission, limits, validation, problems; and the documents that describe it. */
@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [OpenApiController],
  providers: [
    Admission,
    ApiDocuments,
    DtoPipe,
    EventLoopDelay,
    LastCall,
    ProblemFilter,
    RateLimits,
    RouteTable,
  ],
  exports: [Admission, ApiDocuments, DtoPipe, LastCall, ProblemFilter, RateLimits, RouteTable],
})
export class HttpModule {}
