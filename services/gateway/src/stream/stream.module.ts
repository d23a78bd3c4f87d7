import { BusClient } from '@baton/bus';
import { Keyring, RemoteKeySource } from '@baton/event-store';
import { newId } from '@baton/service';
import { Global, Module } from '@nestjs/common';

import { BusRepeats } from './bus-repeats.js';
import { ConversationEventsController } from './conversation-events.controller.js';
import { EventHistory } from './event-history.js';
import { EventOpener } from './event-opener.js';
import { LiveEvents } from './live-events.js';
import { OpenStreams } from './open-streams.js';
import { SocketDoors } from './socket-doors.js';
import { StaffSocket } from './staff-socket.js';
import { StaffStreamController } from './staff-stream.controller.js';
import { StaffStreams } from './staff-streams.js';
import { TicketController } from './ticket.controller.js';
import { Tickets } from './tickets.js';

/** What happens, as it happens: to a conversation's readers and to staff. */
@Global()
@Module({
  controllers: [ConversationEventsController, StaffStreamController, TicketController],
  providers: [
    BusRepeats,
    EventHistory,
    EventOpener,
    LiveEvents,
    OpenStreams,
    SocketDoors,
    StaffSocket,
    StaffStreams,
    Tickets,
    {
      provide: Keyring,
      useFactory: (bus: BusClient) => new Keyring(new RemoteKeySource(bus, () => newId('req'))),
      inject: [BusClient],
    },
  ],
  exports: [EventOpener, Keyring, LiveEvents, OpenStreams, SocketDoors],
})
export class StreamModule {}
