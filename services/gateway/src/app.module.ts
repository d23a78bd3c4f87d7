import { BusModule } from '@baton/bus';
import { ServiceModule } from '@baton/service';
import { type DynamicModule, Module } from '@nestjs/common';

import { AgentController } from './agent/agent.controller.js';
import { AnalyticsController } from './analytics/analytics.controller.js';
import { ApprovalModule } from './approval/approval.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import type { GatewayConfig } from './config.js';
import { ConnectionController } from './connection/connection.controller.js';
import { OAuthCallbackController } from './connection/oauth-callback.controller.js';
import { ProviderController } from './connection/provider.controller.js';
import { ConsultationModule } from './consultation/consultation.module.js';
import { ConversationModule } from './conversation/conversation.module.js';
import { HttpModule } from './http/http.module.js';
import { LinkModule } from './link/link.module.js';
import { MemoryController } from './memory/memory.controller.js';
import { OperationsModule } from './operations/operations.module.js';
import { PagesModule } from './pages/pages.module.js';
import { StaffModule } from './staff/staff.module.js';
import { StreamModule } from './stream/stream.module.js';
import { neighbours } from './overload/neighbours.js';
import { UiChatModule } from './ui-chat/ui-chat.module.js';
import { UsageController } from './usage/usage.controller.js';
import { ToolController } from './tool/tool.controller.js';
import { WebhookModule } from './webhook/webhook.module.js';
import { AwaitedRuns } from './workflow/awaited-runs.js';
import { RunController } from './workflow/run.controller.js';
import { WorkflowController } from './workflow/workflow.controller.js';

/** Everything of the gateway but its connections to the outside. */
export const GATEWAY_MODULES = [
  ApprovalModule,
  AuthModule,
  AuditModule,
  HttpModule,
  LinkModule,
  StreamModule,
  ConsultationModule,
  ConversationModule,
  StaffModule,
  OperationsModule,
  PagesModule,
  UiChatModule,
  WebhookModule,
];
/** What those controllers need of their own. */
export const GATEWAY_PROVIDERS = [AwaitedRuns];
export const GATEWAY_CONTROLLERS = [
  AgentController,
  ConnectionController,
  OAuthCallbackController,
  ProviderController,
  RunController,
  ToolController,
  WorkflowController,
  MemoryController,
  AnalyticsController,
  UsageController,
];

@Module({})
export class AppModule {
  static forRoot(config: GatewayConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        BusModule.forRoot({ name: 'gateway', url: config.NATS_URL }),
        ServiceModule.forRoot({ name: 'gateway', config, requests: neighbours(config) }),
        ...GATEWAY_MODULES,
      ],
      controllers: GATEWAY_CONTROLLERS,
      providers: GATEWAY_PROVIDERS,
    };
  }
}
