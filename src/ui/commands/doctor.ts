import type { App } from "../app";
import { showFailure } from "../notify";
import { pickDevice } from "../picks";
import { text } from "../text";
import type { RowSubject } from "../trees/row";

/** Finds out why GPU or NPU is not used. A device that is not ready is looked at, too: that is what it is for. */
export async function checkDevice(app: App, { deviceId }: RowSubject): Promise<void> {
  const named = deviceId === undefined ? undefined : app.devices.find(deviceId);
  if (named !== undefined) return app.doctor.show(named);
  const picked = await pickDevice(app.devices, text.doctorTitle(), app.recent(), { always: true });
  if (!picked.ok) return showFailure(picked.failure, app.log);
  await app.doctor.show(picked.value);
}
