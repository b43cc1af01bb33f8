import type { Progress } from "../../base/progress";
import type { RunListener } from "../../run/runPrompt";
import type { PreparedDevice } from "../../run/sessions";
import type { PanelProgress } from "../messages/run";
import { progressDetail } from "../text";
import type { Status } from "./numbers";
import { RateMeter } from "./rateMeter";

/** Who is told what an answer brings. */
export interface AnswerSink {
  preparing(progress: PanelProgress): void;
  append(text: string, rates: readonly number[], meter: RateMeter, status: Status | undefined): void;
}

const statusMs = 1000;
const flushMs = 33;

/** Listens to one run: gathers tokens into a few messages a second, and asks the device how it is. */
export class Answer implements RunListener {
  readonly meter = new RateMeter();
  status: Status | undefined;
  private text = "";
  private rates: number[] = [];
  private flushing: NodeJS.Timeout | undefined;
  private polling: NodeJS.Timeout | undefined;

  constructor(private readonly sink: AnswerSink) {}

  progress(progress: Progress): void {
    if (this.meter.tokens > 0) return;
    const { stage, done, total } = progress;
    const fraction = total > 0 ? Math.min(1, done / total) : null;
    this.sink.preparing({ stage, detail: progressDetail(progress), fraction });
  }

  started({ session }: PreparedDevice): void {
    const ask = async (): Promise<void> => {
      const status = await session.request("device/status", {}, AbortSignal.timeout(statusMs * 5));
      if (status.ok) this.status = status.value;
    };
    void ask();
    this.polling = setInterval(() => void ask(), statusMs);
  }

  token(token: Parameters<RunListener["token"]>[0]): void {
    const rate = this.meter.add(token.ms);
    if (rate !== undefined) this.rates.push(rate);
    this.text += token.text;
    if (this.meter.tokens === 1) this.flush();
    else this.flushing ??= setTimeout(() => this.flush(), flushMs);
  }

  end(): void {
    clearInterval(this.polling);
    if (this.flushing !== undefined) this.flush();
  }

  private flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    this.sink.append(this.text, this.rates, this.meter, this.status);
    this.text = "";
    this.rates = [];
  }
}
