import { type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';

/** Headers of values that are known to be printable: built without a check per header. */
export const natsHeaders = (fields: Readonly<Record<string, string>>): MsgHdrs => {
  const record: Record<string, string[]> = {};
  for (const name in fields) record[name] = [fields[name] as string];
  return MsgHdrsImpl.fromRecord(record);
};
