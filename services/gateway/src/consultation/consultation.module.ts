import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { HttpModule } from '../http/http.module.js';
import { AwaitedAnswers } from './awaited-answers.js';
import { ConsultationRooms } from './consultation-rooms.js';
import { ConsultationSocket } from './consultation-socket.js';
import { ConsultationController } from './consultation.controller.js';

/** The outside door of talks with agents: calls, and a socket in which everybody hears everything. */
@Module({
  imports: [AuthModule, HttpModule],
  controllers: [ConsultationController],
  providers: [AwaitedAnswers, ConsultationRooms, ConsultationSocket],
})
export class ConsultationModule {}
