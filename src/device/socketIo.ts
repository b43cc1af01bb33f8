import type { Socket } from "node:net";
import { ByteQueue } from "./byteQueue";

/** What comes from the socket, as a queue that ends with it. */
export function inputOf(socket: Socket): ByteQueue {
  const queue = new ByteQueue();
  socket.on("data", (chunk: Buffer) => queue.push(chunk));
  socket.on("end", () => queue.end());
  socket.on("close", () => queue.end());
  return queue;
}

/** Resolves when the socket takes more, or with false when it is gone. */
export async function writeAll(socket: Socket, data: Buffer): Promise<boolean> {
  if (socket.destroyed || !socket.writable) return false;
  if (socket.write(data)) return true;
  return new Promise<boolean>((resolve) => {
    const settle = (): void => {
      socket.off("drain", settle).off("close", settle);
      resolve(!socket.destroyed && socket.writable);
    };
    socket.on("drain", settle).on("close", settle);
  });
}
