import type { Delivery } from "../../../local/hubEmulator/deliveries.ts";

export interface DeliveryEvent {
  readonly id: string;
  readonly data: Delivery;
}

export interface EventStream {
  /** The events received so far. */
  readonly events: readonly DeliveryEvent[];
  ended(): boolean;
  close(): void;
}

/** Opens the delivery stream and reads it in the background until it ends or is closed. */
export async function readEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/_emulator/deliveries`, {
    headers: { accept: "text/event-stream", ...headers },
    signal: abort.signal,
  });
  const events: DeliveryEvent[] = [];
  let ended = false;

  async function read(): Promise<void> {
    let text = "";
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece;
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const [, id, data] = /^id: (\d+)\ndata: (.*)$/s.exec(part) ?? [];
        if (id !== undefined && data !== undefined) events.push({ id, data: JSON.parse(data) });
      }
    }
  }

  read()
    .catch(() => {})
    .finally(() => {
      ended = true;
    });
  return { events, ended: () => ended, close: () => abort.abort() };
}
