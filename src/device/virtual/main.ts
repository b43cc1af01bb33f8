import path from "node:path";
import { parseArgs } from "node:util";
import type { Abi } from "./description";
import { findPhone, phones } from "./description";
import { virtualDrivers } from "./drivers";
import type { FaultOptions } from "./faults";
import { VirtualPhone } from "./phone";

const help = `Starts a virtual phone that adb connects to.

  --phone ID              ${phones.map((phone) => phone.id).join(", ")} (default: ${phones[0]?.id ?? ""})
  --port N                TCP port on 127.0.0.1 (default: a free one)
  --folder DIR            where its files are kept (default: a temporary folder)
  --abi ABI               x86_64 or arm64-v8a (default: that of this computer; the other one needs qemu-user-static)
  --disk BYTES            size of /data
  --no-gpu                leave out OpenCL
  --no-npu                leave out the reference NPU

Misbehaviour, for trying what happens then; bytes are counted from the start:
  --drop-after N          break the connection after N bytes from the computer, once
  --drop-after-sent N     break the connection after N bytes to the computer, once
  --slow N                at most N bytes per second
  --kill-agent-after N    end a running agent after N bytes from the computer, once
  --garbage-after N       send random bytes after N bytes to the computer
  --unauthorised          ask for authorisation for ever
  --offline               take connections and never answer`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      phone: { type: "string" },
      port: { type: "string" },
      folder: { type: "string" },
      abi: { type: "string" },
      disk: { type: "string" },
      "no-gpu": { type: "boolean" },
      "no-npu": { type: "boolean" },
      "drop-after": { type: "string" },
      "drop-after-sent": { type: "string" },
      slow: { type: "string" },
      "kill-agent-after": { type: "string" },
      "garbage-after": { type: "string" },
      unauthorised: { type: "boolean" },
      offline: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    print(help);
    return 0;
  }
  const description = values.phone === undefined ? phones[0] : findPhone(values.phone);
  if (description === undefined) throw new UsageError(`There is no phone "${values.phone ?? ""}".`);
  const faults: FaultOptions = {
    ...optional("dropAfterReceived", count("drop-after", values["drop-after"])),
    ...optional("dropAfterSent", count("drop-after-sent", values["drop-after-sent"])),
    ...optional("bytesPerSecond", count("slow", values.slow)),
    ...optional("killAgentAfterReceived", count("kill-agent-after", values["kill-agent-after"])),
    ...optional("garbageAfterSent", count("garbage-after", values["garbage-after"])),
    refuseAuthorisation: values.unauthorised === true,
    offline: values.offline === true,
  };
  const started = await VirtualPhone.start({
    phone: description,
    ...optional("port", count("port", values.port)),
    ...optional("folder", values.folder),
    ...optional("abi", abiOf(values.abi)),
    ...optional("diskBytes", count("disk", values.disk)),
    faults,
    drivers: Object.fromEntries(
      Object.entries(virtualDrivers(path.resolve(__dirname, ".."))).filter(
        ([name]) =>
          !(values["no-gpu"] === true && name === "TANDEM_OPENCL_DEVICE") &&
          !(values["no-npu"] === true && name === "TANDEM_QNN_LIBRARY"),
      ),
    ),
  });
  if (!started.ok) {
    complain(started.failure.message);
    return 1;
  }
  const phone = started.value;
  const disk = { folder: "", memory: ", in memory", limit: ", as a limit of file size" }[phone.diskKind];
  print(`Virtual ${description.name} (${phone.abi}) listens on ${phone.serial}.`);
  print(`Its files: ${phone.root}${disk}`);
  print(`Connect:   adb connect ${phone.serial}`);
  print(`Try:       adb -s ${phone.serial} shell getprop ro.soc.model`);
  print("Whoever can reach that port on this computer can run commands as you. End it with Ctrl+C.");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await phone.dispose();
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

class UsageError extends Error {}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} wants a whole number, not "${text}".`);
  return Number(text);
}

function abiOf(text: string | undefined): Abi | undefined {
  if (text === undefined || text === "x86_64" || text === "arm64-v8a") return text;
  throw new UsageError(`--abi wants x86_64 or arm64-v8a, not "${text}".`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const usage = error instanceof UsageError || (error instanceof TypeError && "code" in error);
    complain(usage && error instanceof Error ? `${error.message}\n\n${help}` : String(error));
    process.exit(usage ? 2 : 1);
  },
);
