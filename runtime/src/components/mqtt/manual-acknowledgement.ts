import type { MqttClient } from 'mqtt';

export interface Delivery {
  readonly topic: string;
  readonly data: Buffer;
  readonly isRetained: boolean;
  readonly acknowledge: () => void;
}

/** Delivers each message once, and sends PUBACK only when it is acknowledged. */
export function interceptMessages(client: MqttClient, deliver: (delivery: Delivery) => void): void {
  /** By message id: after a reconnect the broker sends again messages that are still being handled here. */
  const open = new Map<number, { data: Buffer; stream: unknown }>();
  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'publish') return;
    const { qos, messageId } = packet;
    const data = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = { topic: packet.topic, data, isRetained: packet.retain };
    if (qos !== 1 || messageId === undefined) return deliver({ ...message, acknowledge: () => {} });
    // As QoS 0 the driver sends no acknowledgement and delivers the next message; PUBACK is sent below.
    packet.qos = 0;
    const pending = open.get(messageId);
    // not every broker marks redeliveries; an unacknowledged message id identifies one message
    if (pending?.data.equals(data)) {
      pending.stream = client.stream;
      return;
    }
    const entry = { data, stream: client.stream as unknown };
    open.set(messageId, entry);
    const acknowledge = (): void => {
      if (open.get(messageId) === entry) open.delete(messageId);
      // message ids belong to a connection: an acknowledgement of an old one would match another message
      if (entry.stream === client.stream && client.connected) client.stream.write(pubAck(messageId));
    };
    deliver({ ...message, acknowledge });
  });
}

/** PUBACK of MQTT 3.1.1: four bytes. */
function pubAck(messageId: number): Buffer {
  return Buffer.from([0x40, 0x02, messageId >> 8, messageId & 0xff]);
}
