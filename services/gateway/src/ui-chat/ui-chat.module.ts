import { Module } from '@nestjs/common';

import { QueuePlaces } from '../queue/queue-places.js';
import { UiChatController } from './ui-chat.controller.js';
import { UiChatStreams } from './ui-chat-stream.js';

/** The AI SDK's side door. */
@Module({ controllers: [UiChatController], providers: [QueuePlaces, UiChatStreams] })
export class UiChatModule {}
