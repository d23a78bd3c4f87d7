import { Global, Module } from '@nestjs/common';

import { AgentLinks } from './agent-links.js';
import { CustomerPresence } from './customer-presence.js';

/** Who is there, by the connections of this gateway: told to those services that act on it. */
@Global()
@Module({ providers: [AgentLinks, CustomerPresence], exports: [AgentLinks, CustomerPresence] })
export class LinkModule {}
