import * as vscode from "vscode";
import { isAddress, tcpAddress } from "../address";
import type { App } from "../app";
import { showFailure } from "../notify";
import { withProgress } from "../progress";
import { changeSetting } from "../settings";
import { text } from "../text";
import type { RowSubject } from "../trees/row";

const adbMs = 5000;

/** Asks for an address and does what `adb connect` does. */
export async function connectDevice(app: App): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: text.connectTitle(),
    prompt: text.askAddress(),
    placeHolder: text.addressExample(),
    validateInput: (value) => (isAddress(value) || value === "" ? undefined : text.badAddress()),
  });
  if (address === undefined || !isAddress(address)) return;
  const done = await withProgress(text.connecting(address), (_, signal) => app.adb.connect(address.trim(), signal));
  if (done.ok) return;
  // adb says "offline" of a phone that waits for its person, and does not always tell when it knows better.
  await app.devices.refresh();
  await showFailure(done.failure, app.log);
}

/** Asks for what a phone shows under Wireless debugging and does what `adb pair` does; connects to it afterwards. */
export async function pairDevice(app: App): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: text.pairTitle(1),
    prompt: text.askPairAddress(),
    placeHolder: text.pairAddressExample(),
    ignoreFocusOut: true,
    validateInput: (value) => (isAddress(value) || value === "" ? undefined : text.badAddress()),
  });
  if (address === undefined || !isAddress(address)) return;
  const code = await vscode.window.showInputBox({
    title: text.pairTitle(2),
    prompt: text.askPairCode(),
    ignoreFocusOut: true,
    validateInput: (value) => (/^\d{6}$/.test(value) || value === "" ? undefined : text.badPairCode()),
  });
  if (code === undefined || code === "") return;
  const done = await withProgress(text.pairing(address), (_, signal) => app.adb.pair(address.trim(), code, signal));
  if (done.ok) await connectDevice(app);
  else await showFailure(done.failure, app.log);
}

/** Lets a phone that has not allowed this computer show its question again. */
export async function askPhoneAgain(app: App, { deviceId }: RowSubject): Promise<void> {
  const serial = deviceId?.replace(/^adb:/, "");
  if (serial === undefined) return;
  const done = await app.adb.askAgain(serial, AbortSignal.timeout(adbMs));
  if (!done.ok) await showFailure(done.failure, app.log);
}

/** Does what `adb disconnect` does, for a device that is reached over TCP. */
export async function disconnectDevice(app: App, { deviceId }: RowSubject): Promise<void> {
  const address = deviceId === undefined ? undefined : tcpAddress(deviceId);
  if (address === undefined) return;
  const done = await app.adb.disconnect(address, AbortSignal.timeout(adbMs));
  if (!done.ok) await showFailure(done.failure, app.log);
}

export async function startVirtualPhone(app: App): Promise<void> {
  const done = await withProgress(text.startingVirtualPhone(), (_, signal) => app.virtualPhone.start(signal));
  if (!done.ok) await showFailure(done.failure, app.log);
}

/** Lets the user choose the adb executable. */
export async function setAdbPath(): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: text.setAdbPath(), canSelectMany: false });
  const file = chosen?.[0];
  if (file !== undefined) await changeSetting("tandem.adb.path", file.fsPath);
}
