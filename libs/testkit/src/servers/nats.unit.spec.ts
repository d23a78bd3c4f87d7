import { natsConfig } from './nats.js';

describe('the configuration of nats-server', () => {
  it('asks for a sync before each acknowledgement wherever the server knows how', () => {
    const configFor = (major: number, minor: number) =>
      natsConfig({ port: 4222, storeDir: '/data/nats', version: { major, minor } });
    expect(configFor(2, 9)).not.toContain('sync_interval');
    expect(configFor(2, 10)).toContain('sync_interval: always');
    expect(configFor(3, 0)).toContain('sync_interval: always');
  });

  it('listens on loopback and stores where it is told', () => {
    const config = natsConfig({ port: 4999, storeDir: '/some "odd" place', version: { major: 2, minor: 9 } });
    expect(config).toContain('listen: "127.0.0.1:4999"');
    expect(config).toContain('store_dir: "/some \\"odd\\" place"');
  });
});
