/** host:port, as `adb connect` takes it; IPv6 in brackets. */
export function isAddress(value: string): boolean {
  const port = /^(?:\[[0-9a-f:]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(value.trim())?.[1];
  return port !== undefined && Number(port) > 0 && Number(port) < 65536;
}

/** The address of a device that adb reaches over TCP, from its id; undefined for other devices. */
export function tcpAddress(deviceId: string): string | undefined {
  const serial = /^adb:(.*)$/.exec(deviceId)?.[1];
  return serial !== undefined && isAddress(serial) ? serial : undefined;
}
