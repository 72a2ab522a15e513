/** The ports of the local stack on 127.0.0.1, unless `--port-base` moves them. */
export const ports = {
  functions: 7071,
  hub: 7072,
  issuer: 7073,
  /** Storage: blob, queue and table. */
  blob: 7074,
  queue: 7075,
  table: 7076,
  deviceLab: 7077,
} as const;

export type Ports = Readonly<Record<keyof typeof ports, number>>;

/** Returns the ports in the same order from `base` on. @param base 0 takes free ports */
export function portsFrom(base: number): Ports {
  const move = (port: number) => (base === 0 ? 0 : base + port - ports.functions);
  return {
    functions: move(ports.functions),
    hub: move(ports.hub),
    issuer: move(ports.issuer),
    blob: move(ports.blob),
    queue: move(ports.queue),
    table: move(ports.table),
    deviceLab: move(ports.deviceLab),
  };
}
